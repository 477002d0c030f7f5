"""Short programs: what a node of code does with the question, or with an answer to it."""

from __future__ import annotations

import math
import re
from datetime import date, timedelta

from .reading import as_number, integers, listed, show


def nth_number(question: str, nth: int, plus: int) -> str:
    """The whole number at place `nth` of the question, -1 being the last, and `plus` more."""
    numbers = integers(question)
    place = nth - 1 if nth > 0 else nth
    return str(numbers[place] + plus) if -len(numbers) <= place < len(numbers) else ""


def combined_numbers(question: str, how: str) -> str:
    """The "sum", "product" or "difference" of the question's numbers, or its "largest" one."""
    numbers = integers(question)
    if len(numbers) < 2:
        return ""
    if how == "difference":
        return str(numbers[0] - sum(numbers[1:]))
    if how == "product":
        return str(math.prod(numbers))
    return str(sum(numbers) if how == "sum" else max(numbers))


def compared_numbers(question: str) -> str:
    """Which of two numbers is larger or smaller, or, where the question says which, yes or no."""
    found = re.search(r"\b(larger|greater|bigger|more|smaller|less|fewer)\b", question.lower())
    texts = re.findall(r"-?\d+(?:[./]\d+)?", question)
    numbers = [n for text in texts if (n := as_number(text)) is not None]
    if found is None or len(numbers) != 2 or numbers[0] == numbers[1]:
        return ""
    upwards = found.group(1) not in ("smaller", "less", "fewer")
    if re.match(r"(is|are)\b", question.strip().lower()):
        return "yes" if (numbers[0] > numbers[1]) == upwards else "no"
    return texts[numbers.index(max(numbers) if upwards else min(numbers))]


def counted_in_quotes(question: str, unit: str) -> str:
    """How many "words" or "letters" the last quoted text has."""
    quoted = re.findall(r"\"([^\"]+)\"", question)
    if not quoted or unit not in question.lower() or "how many" not in question.lower():
        return ""
    return str(len(quoted[-1].split()) if unit == "words" else sum(map(str.isalpha, quoted[-1])))


def days_counted(question: str) -> str:
    """How many weekdays, or how many Mondays, say, lie between two dates, both included.

    A date without a year is of the year that another one names.
    """
    months = [date(2000, month, 1).strftime("%B") for month in range(1, 13)]
    found = re.findall(rf"({'|'.join(months)}) (\d{{1,2}})(?:, (\d{{4}}))?", question)
    years = [year for _, _, year in found if year]
    wanted = re.search(r"business|weekday|([A-Z][a-z]+day)s?\b(?! *,)", question)
    if len(found) != 2 or not years or wanted is None:
        return ""
    try:
        first, last = sorted(
            date(int(year or years[-1]), months.index(name) + 1, int(day))
            for name, day, year in found
        )
    except ValueError:
        return ""
    days = [first + timedelta(days=n) for n in range(min((last - first).days, 10_000) + 1)]
    if wanted.group(1) is None:
        return str(sum(day.weekday() < 5 for day in days))
    return str(sum(day.strftime("%A") == wanted.group(1) for day in days))


def bare_answer(answer: str) -> str:
    """The answer without what stands around it: "The answer is", marks, quotes, a full stop."""
    text = re.sub(r"(?i)^.*?\banswer(?: is|:)\s*", "", answer.strip(), count=1)
    return text.strip(" *`'\"").removesuffix(".").strip(" *`'\"")


def number_alone(answer: str) -> str:
    """The last number of the answer, without separators; the answer itself where it has none."""
    numbers = re.findall(r"-?\d+(?:\.\d+)?", re.sub(r"(?<=\d),(?=\d{3}\b)", "", answer))
    return numbers[-1] if numbers else answer


def decimals_asked(question: str, answer: str) -> str:
    """A number rounded to as many decimal places as the question asks for."""
    words = ("one", "two", "three", "four")
    asked = re.search(rf"(\d|{'|'.join(words)}) decimal places?", question.lower())
    number = as_number(answer)
    if asked is None or number is None:
        return answer
    named = asked.group(1)
    return show(number, words.index(named) + 1 if named in words else int(named))


def list_asked(question: str, answer: str) -> str:
    """A list with commas, written as the question asks for it: by commas, spaces or lines."""
    items = listed(f"[{answer.strip(' []')}]") if "," in answer else []
    for name, between in (("comma", ", "), ("space", " "), ("line", "\n")):
        if len(items) > 1 and re.search(rf"{name}s?[- ]separated|separated by {name}", question):
            return between.join(items)
    return answer


def day_asked(question: str, answer: str) -> str:
    """A date moved by the days that the question counts after or before it, named if asked."""
    found = re.fullmatch(r"\s*(\d{4}-\d\d-\d\d)\s*", answer)
    if found is None:
        return answer
    moved = re.search(r"(\d+) days (after|before)", question)
    days = int(moved.group(1)) * (1 if moved.group(2) == "after" else -1) if moved else 0
    try:
        day = date.fromisoformat(found.group(1)) + timedelta(days=days)
    except (ValueError, OverflowError):
        return answer
    return day.strftime("%A") if "day of the week" in question else day.isoformat()


def numbers_noted(question: str) -> str:
    """The question's numbers, in order, for who is asked next."""
    numbers = re.findall(r"-?\d+(?:\.\d+)?", question)
    return f"Numbers of the question, in order: {', '.join(numbers)}" if numbers else ""


def letters_noted(question: str) -> str:
    """What the question quotes, letter by letter, with how often each letter comes."""
    quoted = [text for text in re.findall(r"\"([^\"]+)\"", question) if len(text) > 1]
    if not quoted:
        return ""
    text = quoted[-1][:200].lower()
    counts = [f"{letter} {text.count(letter)}" for letter in sorted(set(text)) if letter.isalpha()]
    return f"Letters of the quoted text: {' '.join(text)}\nHow often: {', '.join(counts)}"
