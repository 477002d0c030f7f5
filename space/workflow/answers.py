"""Writing the blocks that answer: calls, programs, solvers, and choices between blocks."""

from __future__ import annotations

from ..blueprint import Blueprint
from .calls import WIDTH, asking, literal, quoted
from .flow import Exit
from .solvers import SOLVERS
from .writer import Writer

ANSWER_LAST = "End with a line that begins with 'Answer:'."
INSTRUCTIONS = {
    "plain": f"Answer the question. {ANSWER_LAST}",
    "step_by_step": f"Think step by step. {ANSWER_LAST}",
    "few_words": "Give the answer alone, in as few words as possible.",
    "check_twice": f"Solve the question, then check every step once more. {ANSWER_LAST}",
    "persona": f"You are an experienced {{role}}. Solve the question. {ANSWER_LAST}",
}
PROGRAM = "Write a Python program that prints the answer and nothing else, in one fenced block."


def write_ask(writer: Writer, node: Blueprint, exit_: Exit) -> int:
    """One call of the model."""
    kind = node.children[0]
    instruction = INSTRUCTIONS[kind.production].format(**dict(kind.params))
    entry = writer.flow.new(
        str(kind["role"]) if kind.production == "persona" else kind.production,
        "Ask the model for an answer.",
        *asking(
            instruction,
            "solver",
            temperature=node["temperature"],
            max_tokens=node["max_tokens"],
        ),
        'return {"answer": final_answer(text)}',
    )
    return writer.flow.lead(entry, exit_)


def write_solve(writer: Writer, node: Blueprint, exit_: Exit) -> int:
    """A solver, which leaves "" where the question is not its own."""
    method = node.children[0]
    solver = SOLVERS[method.production]
    given = "".join(f", {name}={literal(value)}" for name, value in method.params)
    tools = "runtime.context.tools, " if solver.tools else ""
    call = f'{solver.function}({tools}state["question"]{given})'
    lines = [f'return {{"answer": {call}}}']
    if len(lines[0]) > WIDTH:
        lines = [f"answer = {call}", 'return {"answer": answer}']
    return writer.flow.lead(writer.flow.new(method.production, solver.doc, *lines), exit_)


def write_first(writer: Writer, node: Blueprint, exit_: Exit) -> int:
    """The first block, and the second where the first has no answer."""
    second = writer.write(node.children[1], exit_)
    return writer.write(node.children[0], Exit(exit_.then, second))


def write_route(writer: Writer, node: Blueprint, exit_: Exit) -> int:
    """Two blocks; whether the question holds a cue decides between them."""
    yes, no = (writer.write(child, exit_) for child in node.children)
    seen = writer.flow.own_field("seen", "bool")
    cue = str(node["cue"])
    look = writer.flow.new(
        "look",
        f"Does the question mention '{cue}'?",
        f'return {{"{seen}": {quoted(cue)} in state["question"].lower()}}',
    )
    return writer.flow.branch(look, f'state["{seen}"]', yes, no)


def write_router(writer: Writer, node: Blueprint, exit_: Exit) -> int:
    """Two blocks; the model decides between them."""
    yes, no = (writer.write(child, exit_) for child in node.children)
    exact = writer.flow.own_field("exact", "bool")
    instruction = "Does this question need exact calculation? Say yes or no."
    classify = writer.flow.new(
        "classify",
        "Let the model say which kind of question this is.",
        *asking(instruction, "router", max_tokens=8),
        f'return {{"{exact}": "yes" in text.lower()}}',
    )
    return writer.flow.branch(classify, f'state["{exact}"]', yes, no)


def write_program(writer: Writer, node: Blueprint, exit_: Exit) -> int:
    """A program of the model's, run by the python tool (program of thought, 2211.12588)."""
    flow = writer.flow
    code, output = flow.own_field("code", "str"), flow.own_field("output", "str")
    write = flow.new(
        "write_code",
        "Let the model write a program.",
        *asking(PROGRAM, "coder", max_tokens=512),
        f'return {{"{code}": code_in(text)}}',
    )
    run = flow.new(
        "run_code",
        "Run the program; what it prints last is the answer, unless it failed.",
        f'output = use_tool(runtime.context.tools, "python", state["{code}"])',
        'answer = "" if "Error" in output else final_answer(output)',
        f'return {{"{output}": output, "answer": answer}}',
    )
    flow.goto(write, run)
    if node["repairs"]:
        _repaired(writer, run, code, output, int(node["repairs"]), exit_)
    else:
        flow.lead(run, exit_)
    return write


def _repaired(writer: Writer, run: int, code: str, output: str, most: int, exit_: Exit) -> None:
    """Let the model repair what `run` found broken, `most` times."""
    flow = writer.flow
    tries = flow.own_field("repairs", "int")
    failure = f"{PROGRAM} This one failed:\n{{state['{code}']}}\n\n{{state['{output}']}}"
    repair = flow.new(
        "repair_code",
        "Let the model repair the program.",
        *asking(failure, "coder", fields=True, max_tokens=512),
        f'return {{"{code}": code_in(text), "{tries}": state.get("{tries}", 0) + 1}}',
    )
    flow.goto(repair, run)
    done = flow.new("take_output", "Keep what the program said.", f'return {{"{tries}": 0}}')
    flow.lead(done, exit_)
    broken = f'not state["answer"] and state.get("{tries}", 0) < {most}'
    flow.branch(run, broken, repair, done)


ANSWERS = {
    "ask": write_ask,
    "solve": write_solve,
    "first": write_first,
    "route": write_route,
    "router": write_router,
    "program": write_program,
}
