"""Writing the control patterns: preparation, refinement, ensembles, debates, trees."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..blueprint import Blueprint
from .calls import asking
from .flow import END, Exit, Node
from .parts import write_merge
from .writer import Writer


def write_prepared(writer: Writer, node: Blueprint, exit_: Exit) -> int:
    """What is found out first, then the body."""
    preparation, body = node.children
    return writer.write(preparation, Exit(writer.write(body, exit_)))


def write_refined(writer: Writer, node: Blueprint, exit_: Exit) -> int:
    """The body, then rounds of criticism and repair (Self-Refine, arXiv 2303.17651)."""
    flow = writer.flow
    body, critic = node.children
    flow.share("critique")
    count = flow.own_field("rounds", "int")
    accept = flow.new(
        "accept",
        "Keep the answer as it is.",
        f'return {{"critique": "", "{count}": 0}}',
    )
    flow.lead(accept, exit_)
    judge = flow.new(
        "judge",
        "Count the rounds of criticism.",
        f'return {{"{count}": state.get("{count}", 0) + 1}}',
    )
    criticise = writer.write(critic, Exit(judge))
    entry = writer.write(body, Exit(criticise))
    repair = entry if node["repair"] == "again" else _revise(writer, criticise)
    faulty = f'bool(state["critique"]) and state["{count}"] <= {node["rounds"]}'
    flow.branch(judge, faulty, repair, accept)
    return entry


def _revise(writer: Writer, then: int) -> int:
    instruction = "Correct the earlier answer. End with a line that begins with 'Answer:'."
    node = writer.flow.new(
        "revise",
        "Correct what was criticised.",
        *asking(instruction, "reviser"),
        'return {"answer": final_answer(text)}',
    )
    return writer.flow.goto(node, then)


def write_ensemble(writer: Writer, node: Blueprint, exit_: Exit) -> int:
    """The body several times at once, then one answer of these (arXiv 2203.11171)."""
    body, merge = node.children
    return _at_once(writer, [body] * int(node["samples"]), merge, exit_)


def write_members(writer: Writer, node: Blueprint, exit_: Exit) -> int:
    """Several bodies at once, then one answer of theirs."""
    *bodies, merge = node.children
    return _at_once(writer, bodies, merge, exit_)


def _at_once(writer: Writer, bodies: Sequence[Blueprint], merge: Blueprint, exit_: Exit) -> int:
    """Branches that LangGraph runs side by side; each puts its answer beside the others."""
    flow = writer.flow
    drafts = flow.own_field("drafts", "Annotated[list[str], gathered]")
    begin = flow.new("fan_out", "Begin all branches at once.", f'return {{"{drafts}": []}}')
    branch_of: dict[Blueprint, Node] = {}
    for body in bodies:
        if body not in branch_of:
            branch_of[body] = _branch(writer, body, drafts)
    branches = [flow.add(branch_of[body]) for body in bodies]
    return flow.fork(begin, branches, write_merge(writer, merge, drafts, exit_))


ALONE = re.compile(r'return \{"answer": (.*)\}')


def _branch(writer: Writer, body: Blueprint, drafts: str) -> Node:
    """A node that writes into `drafts` what `body` answers: its one node, or a graph of them."""
    flow = writer.flow
    start = writer.write(body, Exit(END))
    node = flow.nodes[start]
    alone = None if node.condition or node.branches or node.then != END else node.body[-1]
    answer = ALONE.fullmatch(alone or "")
    if answer:
        line = f'return {{"{drafts}": [{answer.group(1)}]}}'
        return Node(node.label, node.doc, (*node.body[:-1], line))
    graph = flow.own_graph("branch_graph", start)
    outside = any("runtime." in line for _, n in flow.in_order(start) for line in n.body)
    context = ", context=runtime.context" if outside else ""
    lines = (
        f"found = {graph}.invoke(state{context})",
        f'return {{"{drafts}": [found["answer"]]}}',
    )
    return Node("branch", "Answer beside the other branches.", lines, runs=graph)


def write_debate(writer: Writer, node: Blueprint, exit_: Exit) -> int:
    """Two bodies that see each other's answers, for some rounds (arXiv 2305.14325)."""
    flow = writer.flow
    first, second, merge = node.children
    arguments = flow.own_field("arguments", "list[str]")
    heard = _keep(writer, arguments)
    answered = _keep(writer, arguments)
    flow.goto(heard, writer.write(second, Exit(answered)))
    entry = writer.write(first, Exit(heard))
    going = f'len(state["{arguments}"]) < {2 * int(node["rounds"])}'
    flow.branch(answered, going, entry, write_merge(writer, merge, arguments, exit_))
    return entry


def write_tree(writer: Writer, node: Blueprint, exit_: Exit) -> int:
    """Thoughts that branch, of which the best go on (Tree of Thoughts, arXiv 2305.10601)."""
    flow = writer.flow
    thoughts, depth = flow.own_field("thoughts", "list[str]"), flow.own_field("depth", "int")
    expand = flow.new(
        "expand",
        "Go on from every line of thought in several ways.",
        "grown = []",
        f'for path in (state.get("{thoughts}") or [""]) * {node["width"]}:',
        *_indented(asking(THINK, "thinker", fields=True, temperature=0.7)),
        '    grown.append(f"{path}\\n{text}".strip())',
        f'return {{"{thoughts}": grown, "{depth}": state.get("{depth}", 0) + 1}}',
    )
    weigh = flow.new(
        "weigh",
        "Keep the lines of thought that the model rates highest.",
        "ratings = {}",
        f'for path in state["{thoughts}"]:',
        *_indented(asking(RATE, "critic", fields=True, max_tokens=8)),
        "    ratings[path] = rating_in(text)",
        "best = sorted(ratings, key=lambda path: -ratings[path])",
        f'return {{"{thoughts}": best[:{node["kept"]}]}}',
    )
    conclude = flow.new(
        "conclude",
        "Answer from the best line of thought.",
        f'path = state["{thoughts}"][0]',
        *asking(CONCLUDE, "solver", fields=True),
        f'return {{"answer": final_answer(text), "{thoughts}": [], "{depth}": 0}}',
    )
    flow.goto(expand, weigh)
    flow.branch(weigh, f'state["{depth}"] < {node["depth"]}', expand, conclude)
    flow.lead(conclude, exit_)
    return expand


THINK = "Think one step further:\n{path}"
RATE = "Rate these thoughts from 0 to 9:\n{path}"
CONCLUDE = "Answer the question after these thoughts:\n{path}"


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _keep(writer: Writer, field: str) -> int:
    line = f'return {{"{field}": [*state.get("{field}", []), state["answer"]]}}'
    return writer.flow.new("keep", "Put the answer beside the others.", line)


PATTERNS = {
    "prepared": write_prepared,
    "refined": write_refined,
    "ensemble": write_ensemble,
    "pair": write_members,
    "panel": write_members,
    "debate": write_debate,
    "tree_of_thoughts": write_tree,
}
