"""Writing the parts of patterns: preparations, critics, and merges."""

from __future__ import annotations

from dataclasses import dataclass

from ..blueprint import Blueprint
from .answers import ANSWER_LAST
from .calls import asking
from .flow import Exit
from .writer import Writer


def write_then(writer: Writer, node: Blueprint, exit_: Exit) -> int:
    """One preparation after another."""
    first, second = node.children
    return writer.write(first, Exit(writer.write(second, exit_)))


def write_plan(writer: Writer, node: Blueprint, exit_: Exit) -> int:
    """A plan, which later prompts show."""
    writer.flow.share("plan")
    lines = asking("Make a short plan of numbered steps.", "planner")
    return _single(writer, exit_, "plan", "Make a plan.", *lines, 'return {"plan": text}')


def write_step_back(writer: Writer, node: Blueprint, exit_: Exit) -> int:
    """The principles behind the question first (arXiv 2310.06117)."""
    instruction = "Which principles does the question rest on? Do not answer it."
    lines = asking(instruction, "thinker")
    return _evidence(writer, exit_, "step_back", "Ask for the principles.", *lines)


def write_retrieve(writer: Writer, node: Blueprint, exit_: Exit) -> int:
    """Documents that the search tool finds, for the question or a query of the model's."""
    written = node["query"] == "written"
    query = "text" if written else 'state["question"]'
    wish = asking("Write a search query of a few words.", "librarian", max_tokens=32)
    search = f'text = use_tool(runtime.context.tools, "search", {query}, {node["documents"]})'
    lines = [*wish, search] if written else [search]
    return _evidence(writer, exit_, "retrieve", "Search for documents.", *lines)


def write_refine_evidence(writer: Writer, node: Blueprint, exit_: Exit) -> int:
    """Of what is known, what helps (the knowledge refiner of HierSearch)."""
    writer.flow.share("evidence")
    lines = asking("Of what is known, repeat only what helps to answer.", "refiner")
    return _single(
        writer, exit_, "refine_evidence", "Keep what helps.", *lines, 'return {"evidence": text}'
    )


def _evidence(writer: Writer, exit_: Exit, label: str, doc: str, *lines: str) -> int:
    """What the lines leave in `text`, added to what is known."""
    known = writer.flow.share("evidence")
    together = f"return {{\"{known}\": f\"{{state.get('{known}', '')}}\\n{{text}}\".strip()}}"
    return _single(writer, exit_, label, doc, *lines, together)


@dataclass(frozen=True)
class Asked:
    """A critic that asks the model about the answer: the wish, and what it makes of `text`."""

    label: str
    doc: str
    wish: str
    role: str
    verdict: tuple[str, ...]
    max_tokens: int | None = None


ASKED = {
    "critique": Asked(
        "criticise",
        "Let the model say what is wrong with the answer.",
        "Name the faults of this answer, or say OK: {state['answer']}",
        "critic",
        ('return {"critique": "" if text.strip().upper().startswith("OK") else text}',),
        128,
    ),
    "verify": Asked(
        "verify",
        "Let the model say whether the answer is right.",
        "Is this answer right? Say yes or no: {state['answer']}",
        "verifier",
        ('return {"critique": "" if "yes" in text.lower() else "The answer is wrong."}',),
        8,
    ),
    "test": Asked(
        "test",
        "Let the model write a check of the answer, and run it.",
        "Write Python that asserts this answer, in one fenced block: {state['answer']}",
        "tester",
        (
            'output = use_tool(runtime.context.tools, "python", code_in(text))',
            'return {"critique": output if "Error" in output else ""}',
        ),
    ),
}


def write_asked(writer: Writer, node: Blueprint, exit_: Exit) -> int:
    """What the model finds wrong with the answer: in words, as a yes or no, or by a program."""
    critic = ASKED[node.production]
    options = dict(node.params)
    if critic.max_tokens is not None:
        options["max_tokens"] = critic.max_tokens
    lines = asking(critic.wish, critic.role, fields=True, **options)
    return _single(writer, exit_, critic.label, critic.doc, *lines, *critic.verdict)


FORMS = {"any": r"\S", "number": r"-?\d", "word": r"[A-Za-z]"}


def write_check_form(writer: Writer, node: Blueprint, exit_: Exit) -> int:
    """Whether the answer looks like one, without asking anyone."""
    pattern = FORMS[str(node["form"])]
    kind = {"any": "answer", "number": "number", "word": "word"}[str(node["form"])]
    return _single(
        writer,
        exit_,
        "check_form",
        f"Is there any {kind} in the answer?",
        f'fits = re.search(r"{pattern}", state["answer"])',
        f'return {{"critique": "" if fits else "There is no {kind} in it."}}',
    )


def write_merge(writer: Writer, merge: Blueprint, drafts: str, exit_: Exit) -> int:
    """One answer of the `drafts`, a field that is emptied for the next time."""
    given = f"state['{drafts}']"
    emptied = f'"{drafts}": []'
    if merge.production == "vote":
        line = f'return {{"answer": most_common(state["{drafts}"]), {emptied}}}'
        return _single(writer, exit_, "vote", "Take the answer that was given most often.", line)
    if merge.production == "fuse":
        doc, taken = "Make one answer of all.", "final_answer(text)"
        wish = f"Make one best answer of these:\n{{numbered({given})}}\n{ANSWER_LAST}"
        lines = asking(wish, "fuser", fields=True, temperature=merge["temperature"])
    else:
        doc, taken = "Let the model choose the best answer.", f'chosen(state["{drafts}"], text)'
        wish = f"Which of these is the best answer? Say its number.\n{{numbered({given})}}"
        lines = asking(wish, "ranker", fields=True, max_tokens=8)
    line = f'return {{"answer": {taken}, {emptied}}}'
    return _single(writer, exit_, str(merge.production), doc, *lines, line)


def _single(writer: Writer, exit_: Exit, label: str, doc: str, *body: str) -> int:
    return writer.flow.lead(writer.flow.new(label, doc, *body), exit_)


PREPARATIONS = {
    "then": write_then,
    "plan": write_plan,
    "step_back": write_step_back,
    "retrieve": write_retrieve,
    "refine_evidence": write_refine_evidence,
}

CRITICS = {
    **dict.fromkeys(ASKED, write_asked),
    "check_form": write_check_form,
}
