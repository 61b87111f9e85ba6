"""Clusters as JSON, and new customers in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import sparse

from journeymap.errors import QuestionError, SourceNotFoundError
from journeymap.segments.cluster_model import ClusterModel, assign_clusters, read_model
from journeymap.segments.markov_mixture import Mixture
from journeymap.segments.transition_counts import OTHER, TransitionCounts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Two clusters over two choices at 'a': cluster 1 goes to b in 3 of 4 cases, cluster 2 in 1 of 4.
MODEL = ClusterModel(
    ("1: b", "2: c"),
    (("a", OTHER), ("a", "b")),
    Mixture(np.log([0.5, 0.5]), np.log([[0.25, 0.75], [0.75, 0.25]]), 0.0, 0.0, 0),
)


def counted(rows: list[list[float]], transitions: tuple[tuple[str, str], ...]) -> TransitionCounts:
    return TransitionCounts(
        np.arange(len(rows)), transitions, np.zeros(len(transitions), dtype=np.int64), sparse.csr_array(np.array(rows))
    )


def test_customers_get_the_likeliest_cluster_with_its_probability() -> None:
    found = assign_clusters(counted([[2.0, 0.0], [0.0, 1.0], [1.0, 1.0]], (("a", "b"), ("a", "new"))), MODEL)
    assert found.clusters.tolist() == [0, 1, 0]
    # Two times b: 0.75² against 0.25², 9 to 1; once other: 3 to 1; both: even.
    assert found.certainties.tolist() == pytest.approx([0.9, 0.75, 0.5])
    assert found.unknown_share == 0


def test_what_the_model_does_not_know_speaks_for_none() -> None:
    found = assign_clusters(counted([[1.0, 3.0]], (("a", "b"), ("z", "b"))), MODEL)
    assert found.certainties.tolist() == pytest.approx([0.75])
    assert found.unknown_share == pytest.approx(0.75)
    with pytest.raises(QuestionError, match="know none of these customers' transitions"):
        assign_clusters(counted([[1.0]], (("z", "b"),)), MODEL)


def test_it_goes_to_a_file_and_back(tmp_path: Path) -> None:
    path = tmp_path / "möbel.json"
    path.write_text(MODEL.named(("Ü, 1", "東京")).to_json(), encoding="utf-8")
    back = read_model(path)
    assert back.names == ("Ü, 1", "東京")
    assert back.transitions == MODEL.transitions
    np.testing.assert_allclose(back.mixture.log_probabilities, MODEL.mixture.log_probabilities, rtol=1e-15)
    with pytest.raises(SourceNotFoundError, match="no file"):
        read_model(tmp_path / "none.json")
    with pytest.raises(QuestionError, match="cannot be read"):
        read_model(tmp_path)


def changed(change: Callable[[Any], Any]) -> str:
    record = json.loads(MODEL.to_json())
    change(record)
    return json.dumps(record)


FAULTS = {
    "no JSON": ("{", "holds no clusters"),
    "a list": ("[]", "holds no clusters"),
    "nothing of it": ("{}", "holds no clusters"),
    "another kind": (changed(lambda it: it.update(kind="cake")), "cake"),
    "another version": (changed(lambda it: it.update(version=2)), "2 is not"),
    "a name twice": (changed(lambda it: it["clusters"][1].update(name="1: b")), "twice"),
    "a name that is none": (changed(lambda it: it["clusters"][1].update(name=" ")), "no name"),
    "a name that is a number": (changed(lambda it: it["clusters"][1].update(name=3)), "no name"),
    "shares": (changed(lambda it: it["clusters"][1].update(share=0.6)), "add up to 1"),
    "a share of text": (changed(lambda it: it["clusters"][1].update(share="half")), "holds no clusters"),
    "no clusters": (changed(lambda it: it.update(clusters=[])), "needs clusters"),
    "too few columns": (changed(lambda it: it["transitions"][0].update(probabilities=[0.25])), "holds no clusters"),
    "a sum": (changed(lambda it: it["transitions"][0].update(probabilities=[0.5, 0.75])), "from 'a'"),
    "nothing possible": (
        changed(lambda it: [row.update(probabilities=[float(at), 0.5]) for at, row in enumerate(it["transitions"])]),
        "above 0",
    ),
    "a transition twice": (changed(lambda it: it["transitions"][0].update(target="b")), "twice"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_no_model_is_refused(fault: str) -> None:
    text, said = FAULTS[fault]
    with pytest.raises(QuestionError, match=said) as caught:
        ClusterModel.from_json(text, what="m.json")
    assert str(caught.value).startswith("m.json")
