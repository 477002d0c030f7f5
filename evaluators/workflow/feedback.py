"""What an author is told of a run: where a workflow misses, how, and what its nodes did there.

Only items to search with are told of, and of those only some: see `domain.py`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

from .runtime import Answer, Ending

SHOWN = 6
"""Items that are told in full."""
KINDS = 6
"""Ways of missing that are counted."""
NOTHING = "every item fails"
QUESTION, REPLY, STEP, STEPS = 240, 100, 100, 6
"""Characters of each, and steps of an item."""


def feedback(answers: Sequence[Answer], right: Mapping[str, str], asked: int) -> str:
    """How the items of a run went, of `asked` that there were; `right` holds one right reply to
    each item, by its id."""
    lines = [f"right by task: {_by_task(answers)}"]
    if len(answers) < asked:
        lines.append(f"{asked - len(answers)} of {asked} items were not reached in time")
    lines += [f"{count} x {kind}" for kind, count in _kinds(answers)]
    missed = _spread([answer for answer in answers if answer.score < 1])
    for answer in missed[:SHOWN]:
        lines += _told(answer, right.get(answer.item.id, ""))
    return "\n".join(lines)


def credit(whole: float, without: Mapping[str, float | None], idle: Sequence[str]) -> str:
    """What each node is worth: accuracy where it does nothing; None where nothing then runs."""
    lines = [f"accuracy of all nodes together: {whole:.3f}; with one of them bypassed:"]
    order = sorted(without.items(), key=lambda pair: (-1.0 if pair[1] is None else pair[1], pair))
    for node, accuracy in order:
        left = NOTHING if accuracy is None else f"{accuracy:.3f} ({accuracy - whole:+.3f})"
        lines.append(f"- without {node}: {left}")
    if idle:
        lines.append(f"never reached: {', '.join(idle)}")
    return "\n".join(lines)


def _by_task(answers: Sequence[Answer]) -> str:
    """The tasks, worst first."""
    marks: defaultdict[str, list[float]] = defaultdict(list)
    for answer in answers:
        marks[answer.item.task].append(answer.score)
    worst = sorted(marks, key=lambda task: (sum(marks[task]) / len(marks[task]), task))
    return ", ".join(f"{task} {sum(marks[task]):g} of {len(marks[task])}" for task in worst)


def _kinds(answers: Sequence[Answer]) -> list[tuple[str, int]]:
    """How items were missed, the commonest first; failures by their reason."""
    found = Counter(_kind(answer) for answer in answers if answer.score < 1)
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:KINDS]


def _kind(answer: Answer) -> str:
    match answer.ending:
        case Ending.FAILED:
            return f"failed: {answer.reason[:REPLY]}"
        case Ending.UNANSWERED:
            return "left without an answer"
    return "answered wrongly" if answer.score == 0 else "answered in part"


def _spread(missed: Sequence[Answer]) -> list[Answer]:
    """One miss of each kind and task in turn, those whose steps are known first."""
    kinds: defaultdict[str, defaultdict[str, list[Answer]]] = defaultdict(lambda: defaultdict(list))
    for answer in sorted(missed, key=lambda answer: not answer.steps):
        kinds[_kind(answer)][answer.item.task].append(answer)
    return _in_turn([_in_turn(list(tasks.values())) for tasks in kinds.values()])


def _in_turn(rows: Sequence[Sequence[Answer]]) -> list[Answer]:
    """The first of each row, then the second of each, and so on."""
    return [answer for turn in zip_longest(*rows) for answer in turn if answer is not None]


def _told(answer: Answer, right: str) -> Iterator[str]:
    item = answer.item
    yield f"- {item.task}, {_kind(answer)}: {_short(item.question, QUESTION)}"
    if answer.ending is Ending.ANSWERED:
        yield f"  replied: {_short(answer.reply, REPLY)}"
    if right:
        yield f"  right would be: {_short(right, REPLY)}"
    for node, left in answer.steps[:STEPS]:
        yield f"  {node} -> {_short(left, STEP)}"
    if len(answer.steps) > STEPS:
        yield f"  and {len(answer.steps) - STEPS} steps more"


def _short(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]}..."
