"""Solving with tools: looking things up, and finding one's way in a world told in words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any


def explore(tools: Mapping[str, Any], question: str, steps: int, order: str) -> str:
    """The commands that reach the goal of a text world: take what is needed, open, walk on.

    Of the ways on, `order` takes the "first", or the one "least tried" so far.
    """
    if "act" not in tools:
        return ""
    goals = dict(re.findall(r"put the ([\w ]+?) (?:in|on) the (\w+)", question.lower()))
    tried: Counter[tuple[str, str]] = Counter()
    seen = str(tools["act"](""))
    for _ in range(steps):
        choices = seen.rpartition("You can: ")[2].split(" | ")
        room = re.findall(r"You are in the ([\w ]+)\.", seen)
        if "You can: " not in seen or not room:
            break
        command = wanted(choices, goals)
        if not command:
            ways = [choice for choice in choices if choice.startswith("go ")]
            if not ways:
                break
            command = ways[0] if order == "first" else min(ways, key=lambda w: tried[room[0], w])
        goals = {t: place for t, place in goals.items() if not command.startswith(f"put {t} ")}
        tried[room[0], command] += 1
        seen = str(tools["act"](command))
    done = re.search(r"Your commands: (.*)", seen)
    return done.group(1).replace("; ", "\n") if done else ""


def wanted(choices: list[str], goals: dict[str, str]) -> str:
    """A choice that serves the goals, keys included, or opens something; "" where none does."""
    puts = [
        f"put {thing} {word} {place}" for thing, place in goals.items() for word in ("in", "on")
    ]
    for choice in choices:
        if choice in puts:
            return choice
    for choice in choices:
        verb, _, rest = choice.partition(" ")
        if verb == "take" and (rest.endswith("key") or rest in goals):
            return choice
    return next((choice for choice in choices if choice.startswith("open ")), "")


def look_up(tools: Mapping[str, Any], question: str, documents: int) -> str:
    """The name or the year in that sentence of the documents which is most like the question."""
    if "search" not in tools:
        return ""
    names = re.findall(r"(?<=[a-z] )[A-Z]\w*(?: [A-Z]\w*)*", question)
    asked = set(re.findall(r"[a-z]{4,}", question.lower()))
    pattern = r"\b\d{4}\b" if "year" in question else r"[A-Z]\w*(?: [A-Z]\w*)*"
    best, answer = -1, ""
    for rank, text in enumerate(str(tools["search"](question, documents)).split("\n\n")):
        title, _, body = text.partition(": ")
        for sentence in re.split(r"(?<=\.) ", body):
            known = [name for name in names if name == title or name in sentence]
            others = [n for n in re.findall(pattern, f"{sentence} {title}") if n not in names]
            score = 3 * len(known) + len(asked & set(re.findall(r"[a-z]{4,}", sentence))) - rank
            if others and known and score > best:
                best, answer = score, others[0]
    return answer


def call_tools(tools: Mapping[str, Any], question: str) -> str:
    """What one or two calls of small tools say: units, dates, prices from a table."""
    amount = re.search(r"How many (\w+) (?:are|is) ([\d.]+) (\w+)\?", question)
    day = re.search(r"\d{4}-\d\d-\d\d", question)
    entry = re.search(r"(price|weight|arrival) of ([A-Z]\w+)(?: in (\w+))?\?", question)
    try:
        if amount and "convert" in tools:
            wish, count, unit = amount.groups()
            return str(tools["convert"](count, singular(unit), singular(wish)))
        if day and "day of the week" in question and "weekday" in tools:
            return str(tools["weekday"](day.group()))
        if entry and "lookup" in tools:
            column, row, currency = entry.groups()
            found = str(tools["lookup"](row, column))
            source = re.search(r"price in (\w+)", question)
            if not currency or not source:
                return found
            return str(tools["exchange"](found, singular(source.group(1)), singular(currency)))
    except (KeyError, ValueError):
        return ""
    return ""


def singular(word: str) -> str:
    """One of several: feet, inches, metres."""
    return {"feet": "foot", "inches": "inch"}.get(word, word.removesuffix("s"))
