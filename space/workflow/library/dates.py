"""Days of the week, and days between dates."""

from __future__ import annotations

import re
from datetime import date, timedelta


def day_of_week(question: str, dates: str) -> str:
    """The weekday of the date that is named, or how often a weekday lies between two.

    `dates` says how 03/04/2022 is read: "month first" or "day first".
    """
    found = dates_in(question, dates)
    days = [date(2024, 1, day).strftime("%A") for day in range(1, 8)]
    if len(found) == 1 and re.search(r"weekday|day of the week", question):
        return days[found[0].weekday()]
    if len(found) != 2 or "how many" not in question.lower():
        return ""
    first, last = sorted(found)
    span = [first + timedelta(days=n) for n in range(min((last - first).days, 10_000) + 1)]
    if "business days" in question:
        return str(sum(day.weekday() < 5 for day in span))
    counted = re.search(r"(\w+day)s? (?:occur|fall|are there|land)", question)
    if counted and counted.group(1).capitalize() in days:
        return str(sum(days[day.weekday()] == counted.group(1).capitalize() for day in span))
    return ""


def dates_in(text: str, dates: str) -> list[date]:
    """Every date in the text: May 3, 2022, 05/03/2022 or 2022-05-03."""
    months = [date(2000, month, 1).strftime("%B") for month in range(1, 13)]
    found = []
    for name, day, year in re.findall(r"([A-Z][a-z]+) (\d{1,2}), (\d{4})", text):
        if name in months:
            found.append((int(year), months.index(name) + 1, int(day)))
    for a, b, year in re.findall(r"\b(\d\d)/(\d\d)/(\d{4})\b", text):
        month, day = (a, b) if dates == "month first" else (b, a)
        found.append((int(year), int(month), int(day)))
    for year, month, day in re.findall(r"\b(\d{4})-(\d\d)-(\d\d)\b", text):
        found.append((int(year), int(month), int(day)))
    try:
        return [date(*parts) for parts in found]
    except ValueError:
        return []
