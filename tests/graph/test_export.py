"""Graph files: other tools read them, names survive, and a file is whole or as it was."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any

import networkx as nx
import pytest

from journeymap.errors import OutputError, QuestionError
from journeymap.graph.export import dot, gexf, graphml, mermaid, node_link, write_graph

if TYPE_CHECKING:
    from pathlib import Path

    import journeymap as jm

ODD = ['say "hi"', "two\nlines", "größe ✓ 東京", "a|b", "[x]", "{y}", "<b>&amp;", "back\\slash", "#1;", "it's", " "]


def odd_graph() -> nx.DiGraph[str]:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_node("(start)", kind="start", visits=len(ODD))
    for name in ODD:
        graph.add_node(name, kind="touchpoint", stage=name, visits=3, drop_rate=0.5)
        graph.add_edge("(start)", name, count=1234, probability=0.25)
    return graph


def contents(graph: Any) -> tuple[dict[str, Any], dict[tuple[str, str], Any]]:
    """Give nodes and edges; an empty text is as none, since NetworkX's GraphML reader gives none for it."""
    nodes = {
        name: {key: value for key, value in data.items() if value not in {"", None}}
        for name, data in graph.nodes(data=True)
    }
    return nodes, {(source, target): dict(data) for source, target, data in graph.edges(data=True)}


def read_graphml(text: str) -> Any:
    return nx.read_graphml(io.BytesIO(text.encode()))


def read_gexf(text: str) -> Any:
    graph = nx.read_gexf(io.BytesIO(text.encode()))
    for _, data in graph.nodes(data=True):
        data.pop("label", None)
    for *_, data in graph.edges(data=True):
        data.pop("id", None)
    return graph


def read_node_link(text: str) -> Any:
    import json

    return nx.node_link_graph(json.loads(text), edges="links")


READERS = [(graphml, read_graphml), (gexf, read_gexf), (node_link, read_node_link)]


@pytest.mark.parametrize(("write", "read"), READERS, ids=["graphml", "gexf", "json"])
def test_networkx_reads_the_sample_back(shop: jm.Journeys, write: Any, read: Any) -> None:
    for graph in (shop.graph(), shop.where(region="north").graph()):
        found = read(write(graph))
        assert found.is_directed()
        assert contents(found) == contents(graph)


@pytest.mark.parametrize(("write", "read"), READERS, ids=["graphml", "gexf", "json"])
def test_odd_names_come_back(write: Any, read: Any) -> None:
    graph = odd_graph()
    assert contents(read(write(graph))) == contents(graph)


@pytest.mark.parametrize("write", [graphml, gexf, node_link, dot, mermaid])
def test_equal_graphs_give_equal_bytes(write: Any) -> None:
    assert write(odd_graph()) == write(odd_graph())
    assert write(nx.DiGraph())


def small_graph() -> nx.DiGraph[str]:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_node("(start)", kind="start", visits=1200)
    graph.add_node("cart", kind="touchpoint", visits=1300, drop_rate=0.125)
    graph.add_node("(open)", kind="end", visits=1200)
    graph.add_edge("(start)", "cart", count=1200, probability=1.0)
    graph.add_edge("cart", "cart", count=100, probability=0.077)
    graph.add_edge("cart", "(open)", count=1200, probability=0.923)
    return graph


def test_dot_text() -> None:
    assert dot(small_graph()) == (
        "digraph journey {\n"
        "  rankdir=LR;\n"
        '  "(start)" [kind="start", visits=1200];\n'
        '  "cart" [kind="touchpoint", visits=1300, drop_rate=0.125];\n'
        '  "(open)" [kind="end", visits=1200];\n'
        '  "(start)" -> "cart" [count=1200, probability=1.0, label="1,200"];\n'
        '  "cart" -> "cart" [count=100, probability=0.077, label="100"];\n'
        '  "cart" -> "(open)" [count=1200, probability=0.923, label="1,200"];\n'
        "}"
    )


def test_mermaid_text() -> None:
    assert mermaid(small_graph()) == (
        "flowchart LR\n"
        '  n0(["(start)"])\n'
        '  n1["cart"]\n'
        '  n2(["(open)"])\n'
        "  n0 -->|1,200| n1\n"
        "  n1 -->|100| n1\n"
        "  n1 -->|1,200| n2"
    )


def test_odd_names_stay_within_their_quotes_in_dot() -> None:
    text = dot(odd_graph())
    assert '"say \\"hi\\""' in text
    assert '"back\\\\slash"' in text
    assert '"two lines"' in text
    assert '"größe ✓ 東京"' in text
    assert len(text.splitlines()) == 3 + 1 + 2 * len(ODD)
    for line in text.splitlines()[2:-1]:
        plain = line.replace("\\\\", "").replace('\\"', "")
        assert plain.count('"') % 2 == 0
        assert line.endswith(";")


def test_odd_names_stay_within_their_quotes_in_mermaid() -> None:
    text = mermaid(odd_graph())
    assert '["say &quot;hi&quot;"]' in text or '["say #quot;hi#quot;"]' in text
    assert len(text.splitlines()) == 2 + 2 * len(ODD)
    for line in text.splitlines()[1 : 2 + len(ODD)]:
        assert line.count('"') == 2


@pytest.mark.parametrize("ending", [".graphml", ".gexf", ".dot", ".mmd", ".json", ".GraphML"])
def test_the_ending_says_the_format(tmp_path: Path, ending: str) -> None:
    path = write_graph(small_graph(), tmp_path / f"journey{ending}")
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert {".graphml": "<graphml", ".gexf": "<gexf", ".dot": "digraph", ".mmd": "flowchart", ".json": "{"}[
        ending.lower()
    ] in first
    assert [item.name for item in tmp_path.iterdir()] == [f"journey{ending}"]


@pytest.mark.parametrize("name", ["journey", "journey.png", "journey.graphml.gz", ".dot"])
def test_an_unknown_ending_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(QuestionError, match="cannot be written as") as caught:
        write_graph(small_graph(), tmp_path / name)
    assert ".graphml, .gexf, .dot, .mmd, .json" in caught.value.hint
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written: No such file") as caught:
        write_graph(small_graph(), tmp_path / "no" / "x.dot")
    assert isinstance(caught.value, OSError)


def test_a_folder_in_the_files_place_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "x.dot").mkdir()
    (tmp_path / "x.dot" / "inside").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        write_graph(small_graph(), tmp_path / "x.dot")
    assert [item.name for item in tmp_path.iterdir()] == ["x.dot"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="whoever may do everything can write everywhere")
def test_a_closed_folder_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="cannot be written"):
            write_graph(small_graph(), tmp_path / "x.dot")
    finally:
        tmp_path.chmod(0o700)


def test_a_file_is_whole_or_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_graph(small_graph(), tmp_path / "x.dot")
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OutputError, match="No space left"):
        write_graph(odd_graph(), path)
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["x.dot"]


def test_a_file_can_be_read_by_others_as_the_mask_says(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        path = write_graph(small_graph(), tmp_path / "x.dot")
    finally:
        os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o640
