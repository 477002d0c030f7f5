"""A workflow as a Mermaid diagram, without running it."""

from __future__ import annotations

from ..blueprint import Blueprint
from .flow import END
from .render import node_names
from .writer import flow_of


def diagram(workflow: Blueprint) -> str:
    """The graph of a `workflow` blueprint in Mermaid's language; both ways of a test are marked."""
    flow = flow_of(workflow)
    names = {END: "stop([answer])", **node_names(flow)}
    lines = ["flowchart TD", f"    start([question]) --> {names[flow.start]}"]
    for number, node in flow.in_order():
        name, then = names[number], names[node.then]
        if not node.condition:
            lines.append(f"    {name} --> {then}")
            continue
        yes, no = ("answered", "open") if "answer" in node.condition else ("yes", "no")
        lines.append(f"    {name} -- {yes} --> {then}")
        lines.append(f"    {name} -- {no} --> {names[node.otherwise]}")
    return "\n".join(lines) + "\n"
