"""What a model is told, and what is read out of its replies."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any


def prompt(state: Mapping[str, Any], instruction: str) -> str:
    """The instruction, what is known so far, and the question."""
    others = [a for name, said in state.items() if name.startswith("arguments") for a in said]
    known = {
        "Plan": state.get("plan"),
        "What is known": state.get("evidence"),
        "What was done so far": "\n".join(state.get("trace", [])),
        "Answers of others": "\n".join(others),
    }
    if state.get("critique"):
        known |= {"An earlier answer": state["answer"], "Its faults": state["critique"]}
    parts = [f"{title}:\n{text}" for title, text in known.items() if text]
    return "\n\n".join([instruction, *parts, f"Question: {state['question']}"])


def final_answer(text: str) -> str:
    """What stands after the last "Answer:", or else the last line that says something."""
    _, found, after = text.rpartition("Answer:")
    lines = [line.strip() for line in (after if found else text).splitlines() if line.strip()]
    if not lines:
        return ""
    return "\n".join(lines) if found else lines[-1]


def gathered(kept: list[str], more: list[str]) -> list[str]:
    """What branches say, side by side; nothing more lets go of all."""
    return [*kept, *more] if more else []


def most_common(drafts: list[str]) -> str:
    """The answer that was given most often; of several, the one that came first."""
    given = [draft.strip() for draft in drafts if draft.strip()]
    return Counter(given).most_common(1)[0][0] if given else ""


def numbered(drafts: list[str]) -> str:
    """Drafts as a numbered list."""
    return "\n".join(f"{number}. {draft}" for number, draft in enumerate(drafts, start=1))


def chosen(drafts: list[str], text: str) -> str:
    """The draft whose number the text names first; the first one where it names none."""
    found = re.search(r"\d+", text)
    number = int(found.group()) if found else 1
    return drafts[number - 1] if 1 <= number <= len(drafts) else drafts[0]


def rating_in(text: str) -> int:
    """The first digit that the text names; 0 where it names none."""
    found = re.search(r"\d", text)
    return int(found.group()) if found else 0


def code_in(text: str) -> str:
    """The last fenced block of code, or the whole text where there is none."""
    blocks = re.findall(r"```(?:python)?\n(.*?)```", text, re.DOTALL)
    return (blocks[-1] if blocks else text).strip()


def action_in(text: str) -> tuple[str, str] | None:
    """The tool and the argument of the last line "Action: tool[argument]"."""
    found = re.findall(r"Action:\s*(\w+)\[(.*?)\]\s*$", text, re.MULTILINE)
    return found[-1] if found else None


def use_tool(tools: Mapping[str, Any], name: str, *arguments: Any) -> str:
    """What the tool says, or why it says nothing: a mistake is an observation too."""
    if name not in tools:
        return f"Error: there is no tool {name}; there are {', '.join(tools)}"
    try:
        return str(tools[name](*arguments))
    except Exception as error:
        return f"Error: {name}: {error}"
