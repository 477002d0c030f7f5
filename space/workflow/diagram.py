"""A workflow as a Mermaid diagram, without running it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..blueprint import Blueprint
from .blocks import flow_of
from .flow import CODE, END, Flow
from .render import node_names


def diagram(workflow: Blueprint) -> str:
    """The graph of a `workflow` blueprint in Mermaid's language; both ways of a test are marked.

    A graph that a branch runs as a whole is drawn in a frame of its own, and a node of code in a
    box with double sides.
    """
    flow = flow_of(workflow)
    named = node_names(flow)
    names = {END: "stop([answer])", **named}
    lines = ["flowchart TD", f"    start([question]) --> {names[flow.start]}"]
    lines += _edges(flow, flow.start, names)
    for graph, start in flow.graphs.items():
        end = {END: f"{graph}_end([{graph}: answer])"}
        lines.append(f"    subgraph {graph}")
        lines += [f"    {line}" for line in _edges(flow, start, {**names, **end})]
        lines.append("    end")
    for number, node in flow.in_order():
        if node.label.startswith(CODE):
            program = node.label.removeprefix(CODE).removeprefix("_") or "step"
            lines.append(f"    {named[number]}[[code: {program}]]")
    return "\n".join(lines) + "\n"


def _edges(flow: Flow, start: int, names: Mapping[int, str]) -> Iterator[str]:
    nodes = dict(flow.in_order(start))
    joined = {branch for node in nodes.values() for branch in node.branches}
    for number, node in nodes.items():
        name, then = names[number], names[node.then]
        if node.branches:
            for branch in node.branches:
                yield f"    {name} --> {names[branch]} --> {then}"
        elif node.condition:
            yes, no = ("answered", "open") if "answer" in node.condition else ("yes", "no")
            yield f"    {name} -- {yes} --> {then}"
            yield f"    {name} -- {no} --> {names[node.otherwise]}"
        elif number not in joined:
            yield f"    {name} --> {then}"
        if node.runs:
            yield f"    {name} -. runs .-> {names[flow.graphs[node.runs]]}"
