"""Writing an agent that uses tools, with planning and memory as parts that can be swapped."""

from __future__ import annotations

from ..blueprint import Blueprint
from .calls import asking
from .flow import Exit
from .writer import Writer

ACT = (
    "Answer the question with the help of tools. End with one line: 'Action: tool[argument]' "
    "to use a tool, or 'Answer: ...' when you know.\n\nTools:\n{tools}"
)


def write_agent(writer: Writer, node: Blueprint, exit_: Exit) -> int:
    """Thinking and using tools in turn (ReAct, arXiv 2210.03629)."""
    flow = writer.flow
    planning, memory = node.children
    flow.share("trace", "list[str]")
    steps = flow.own_field("steps", "int")
    think = flow.new(
        "think",
        "Choose the next action, carry it out, and note what was seen.",
        'tools = "\\n".join(f"{n}: {t.__doc__}" for n, t in runtime.context.tools.items())',
        *asking(ACT, "agent", fields=True),
        f'step = state.get("{steps}", 0) + 1',
        "action = action_in(text)",
        "if action is None:",
        f'    return {{"answer": final_answer(text), "{steps}": step}}',
        "seen = use_tool(runtime.context.tools, *action)",
        'trace = [*state.get("trace", []), f"{text.strip()}\\nSeen: {seen}"]',
        f'return {{"trace": trace, "answer": "", "{steps}": step}}',
    )
    conclude = flow.new(
        "conclude",
        "Stop here, with the answer that there is.",
        f'return {{"trace": [], "{steps}": 0}}',
    )
    flow.lead(conclude, exit_)
    again = _plan_again(writer, planning, steps, think)
    again = _remember(writer, memory, again)
    flow.branch(
        think, f'not state["answer"] and state["{steps}"] < {node["steps"]}', again, conclude
    )
    if planning.production == "no_planning":
        return think
    return _plan(writer, "plan", "Make a short plan of numbered steps.", think)


def _remember(writer: Writer, memory: Blueprint, then: int) -> int:
    """What shortens the trace before the next step, or that step itself."""
    flow = writer.flow
    if memory.production == "remember_last":
        line = f'return {{"trace": state["trace"][-{memory["observations"]}:]}}'
        return flow.goto(flow.new("forget", "Keep the latest observations alone.", line), then)
    if memory.production == "remember_summary":
        instruction = "Sum up what was done and seen so far, in a few lines."
        node = flow.new(
            "sum_up",
            "Replace the observations by a summary.",
            *asking(instruction, "memory"),
            'return {"trace": [text]}',
        )
        return flow.goto(node, then)
    return then


def _plan_again(writer: Writer, planning: Blueprint, steps: str, then: int) -> int:
    """A plan that is made anew every few steps; else the next step itself."""
    if planning.production != "plan_again":
        return then
    plan = _plan(writer, "plan_again", "Make a new short plan for what is left to do.", then)
    due = writer.flow.new(
        "look_ahead",
        "Is it time for a new plan?",
        f'return {{"due": state["{steps}"] % {planning["every"]} == 0}}',
    )
    writer.flow.share("due", "bool")
    return writer.flow.branch(due, 'state["due"]', plan, then)


def _plan(writer: Writer, label: str, instruction: str, then: int) -> int:
    writer.flow.share("plan")
    node = writer.flow.new(
        label,
        "Plan the next steps.",
        *asking(instruction, "planner"),
        'return {"plan": text}',
    )
    return writer.flow.goto(node, then)
