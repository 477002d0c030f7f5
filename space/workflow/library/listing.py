"""Sorting, filtering and reversing what a question lists."""

from __future__ import annotations

import re

from .reading import as_number, listed


def sort_list(question: str, items: str, form: str) -> str:
    """The listed "words" or "numbers" in the order that is asked for.

    `form` is how they are written: with "commas", as a "list" of strings, or by "spaces".
    """
    if not re.search(r"\b(sort|order|arrange)", question, re.IGNORECASE):
        return ""
    found = listed(question)
    downwards = re.findall(r"(ascending|descending|increasing|decreasing)", question.lower())
    backwards = bool(downwards) and downwards[-1].startswith("de")
    if items == "words":
        return written(sorted(found, reverse=backwards), form)
    keyed = [(number, item) for item in found if (number := as_number(item)) is not None]
    if len(keyed) < len(found) or not keyed:
        return ""
    return written([item for _, item in sorted(keyed, reverse=backwards)], form)


def filter_list(question: str, form: str) -> str:
    """The listed numbers that are kept: "keep" or "remove" all "larger" or "smaller"."""
    pattern = r"(keep|remove)\b.*?\b(larger|smaller|greater|less) than (-?[\d.]+\d|-?\d)"
    found = re.search(pattern, question, re.IGNORECASE)
    bound = as_number(found.group(3)) if found else None
    if found is None or bound is None:
        return ""
    above = found.group(2).lower() in ("larger", "greater")
    keep = found.group(1).lower() == "keep"
    kept = []
    for item in listed(question):
        number = as_number(item)
        if number is None:
            return ""
        if ((number > bound) if above else (number < bound)) == keep:
            kept.append(item)
    return written(kept, form)


def reverse(question: str, unit: str, form: str) -> str:
    """The listed words in reverse order, or the last word's letters: `unit` is which."""
    if not re.search(r"\b(reverse|backward)", question, re.IGNORECASE):
        return ""
    items = listed(question)
    if unit == "letters":
        return items[0][::-1] if len(items) == 1 else ""
    return written(items[::-1], form) if len(items) > 1 else ""


def count_letter(question: str, case: str) -> str:
    """How often a quoted letter stands in a quoted text; `case` is "exact" or "folded"."""
    letter = re.search(r"[\"'](\w)[\"']", question)
    if letter is None or "how many" not in question.lower():
        return ""
    quoted = re.search(r"[\"'](.+)[\"']", question[letter.end() :], re.DOTALL)
    if quoted is None:
        return ""
    text, wanted = quoted.group(1), letter.group(1)
    return str(text.lower().count(wanted.lower()) if case == "folded" else text.count(wanted))


def written(items: list[str], form: str) -> str:
    """Items as text: with "commas", as a "list" of strings, or by "spaces"."""
    if form == "list":
        return str(items)
    return (", " if form == "commas" else " ").join(items)
