"""The journey graph as files that other tools open."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Final

import networkx as nx

from journeymap.errors import OutputError, QuestionError

if TYPE_CHECKING:
    from collections.abc import Callable


def graphml(graph: nx.DiGraph[str]) -> str:
    """Write the graph as GraphML, for Gephi, yEd, Cytoscape and NetworkX."""
    return "\n".join(nx.generate_graphml(graph))


def gexf(graph: nx.DiGraph[str]) -> str:
    """Write the graph as GEXF 1.2, for Gephi."""
    # The date in the meta element would make two equal graphs differ.
    return re.sub(r' lastmodifieddate="[^"]*"', "", "\n".join(nx.generate_gexf(graph)))


def node_link(graph: nx.DiGraph[str]) -> str:
    """Write the graph as node-link JSON, for D3 and NetworkX."""
    return json.dumps(nx.node_link_data(graph, edges="links"), ensure_ascii=False, indent=1)


def dot(graph: nx.DiGraph[str]) -> str:
    r"""Write the graph in Graphviz' language.

    Examples
    --------
    >>> small = nx.DiGraph()
    >>> small.add_edge("(start)", 'the "cart"', count=3)
    >>> print(dot(small))
    digraph journey {
      rankdir=LR;
      "(start)";
      "the \"cart\"";
      "(start)" -> "the \"cart\"" [count=3, label="3"];
    }
    """
    lines = ["digraph journey {", "  rankdir=LR;"]
    for name, data in graph.nodes(data=True):
        lines.append(f"  {_quoted(name)}{_attributes(data)};")
    for source, target, data in graph.edges(data=True):
        shown = {**data, "label": f"{data['count']:,}"} if "count" in data else data
        lines.append(f"  {_quoted(source)} -> {_quoted(target)}{_attributes(shown)};")
    return "\n".join([*lines, "}"])


def _attributes(data: dict[str, object]) -> str:
    if not data:
        return ""
    return " [" + ", ".join(f"{name}={_dot_value(value)}" for name, value in data.items()) + "]"


def _dot_value(value: object) -> str:
    return str(value) if isinstance(value, (int, float)) else _quoted(str(value))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'


def mermaid(graph: nx.DiGraph[str]) -> str:
    """Write the graph as a Mermaid flowchart, for Markdown pages.

    Examples
    --------
    >>> small = nx.DiGraph()
    >>> small.add_edge("(start)", "cart", count=3)
    >>> print(mermaid(small))
    flowchart LR
      n0(["(start)"])
      n1["cart"]
      n0 -->|3| n1
    """
    ids = {name: f"n{at}" for at, name in enumerate(graph.nodes)}
    lines = ["flowchart LR"]
    for name, key in ids.items():
        text = name.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace("\n", " ")
        is_end = name.startswith("(") and name.endswith(")")
        lines.append(f'  {key}(["{text}"])' if is_end else f'  {key}["{text}"]')
    for source, target, data in graph.edges(data=True):
        label = f"|{data['count']:,}|" if "count" in data else ""
        lines.append(f"  {ids[source]} -->{label} {ids[target]}")
    return "\n".join(lines)


WRITERS: Final[dict[str, Callable[[nx.DiGraph[str]], str]]] = {
    ".graphml": graphml,
    ".gexf": gexf,
    ".dot": dot,
    ".mmd": mermaid,
    ".json": node_link,
}


def write_graph(graph: nx.DiGraph[str], path: str | Path) -> Path:
    """Write the graph in the format of the file's ending.

    Parameters
    ----------
    graph
        A journey graph.
    path
        A file that ends in .graphml, .gexf, .dot, .mmd or .json. It is replaced whole, or left as it was.

    Raises
    ------
    QuestionError
        When the ending is none of these.
    OutputError
        When the file cannot be written.
    """
    path = Path(path)
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise QuestionError(
            f"A graph cannot be written as '{path.suffix or path.name}'.",
            hint=f"Give the file one of these endings: {', '.join(WRITERS)}.",
        )
    write_text_whole(path, writer(graph) + "\n")
    return path


def write_text_whole(path: Path, text: str) -> None:
    """Write a file so that it is either whole or as it was.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    part: Path | None = None
    try:
        with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False, suffix=".part") as file:
            part = Path(file.name)
            file.write(text)
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    except OSError as error:
        if part is not None:
            part.unlink(missing_ok=True)
        raise OutputError(
            f"{path} cannot be written: {error.strerror}.",
            hint="Name a file in a folder where you may write.",
        ) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
