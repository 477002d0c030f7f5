"""Questions that one to four calls of small tools answer, in the right order.

The table, the prices and the rates of exchange are each item's own: none can be remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from random import Random

from ..tools.calculator import shown
from ..tools.office import add_days, convert, days_between, exchange_tool, weekday
from .answers import exact, numeric
from .names import words
from .task import Generated, Problem, Task, make_item

TOOLS = (
    "calculator",
    "convert",
    "exchange",
    "lookup",
    "weekday",
    "add_days",
    "days_between",
)
CURRENCIES = ("crown", "dollar", "euro", "franc", "peso", "rupee")
MASSES = ("gram", "kilogram", "pound", "ounce")
LENGTHS = ("metre", "kilometre", "mile", "foot", "inch")
FIRST_DAY = date(2021, 1, 1)
RELATIVE, ABSOLUTE = 1e-4, 0.0051
"""What rounding, also on the way, may cost a number that is not a count."""
ROUNDED = " Round to two decimal places."


@dataclass(frozen=True)
class Desk:
    """The papers of one item: goods with their price, weight and day of arrival; rates."""

    goods: Sequence[str]
    table: Mapping[str, Mapping[str, str]]
    rates: Mapping[str, str]
    currency: str
    mass: str

    def entry(self, goods: str, column: str) -> str:
        return self.table[goods][column]

    def exchange(self, amount: str, target: str) -> str:
        return exchange_tool(self.rates)(amount, self.currency, target)


Question = tuple[str, str]
"""What is asked, and the answer."""
Maker = Callable[[Random, Desk], Question]


def _convert(rng: Random, desk: Desk) -> Question:
    source, target = rng.sample(rng.choice((MASSES, LENGTHS)), 2)
    amount = str(rng.randint(2, 900))
    asked = f"How many {target}s are {amount} {source}s?{ROUNDED}"
    return asked.replace("foots", "feet").replace("inchs", "inches"), _round(
        convert(amount, source, target)
    )


def _weekday(rng: Random, desk: Desk) -> Question:
    day = _day(rng)
    return f"Which day of the week was {day}?", weekday(day)


def _lookup(rng: Random, desk: Desk) -> Question:
    goods, column = rng.choice(desk.goods), rng.choice(("price", "weight", "arrival"))
    return f"What does the table say is the {column} of {goods}?", desk.entry(goods, column)


def _price_exchanged(rng: Random, desk: Desk) -> Question:
    goods, target = rng.choice(desk.goods), _other(rng, desk.currency)
    asked = f"What is the price of {goods} in {target}s?"
    return asked + ROUNDED, desk.exchange(desk.entry(goods, "price"), target)


def _weekday_after(rng: Random, desk: Desk) -> Question:
    goods, days = rng.choice(desk.goods), rng.randint(5, 200)
    asked = f"Which day of the week is it {days} days after the arrival of {goods}?"
    return asked, weekday(add_days(desk.entry(goods, "arrival"), days))


def _days_apart(rng: Random, desk: Desk) -> Question:
    first, second = rng.sample(desk.goods, 2)
    days = days_between(desk.entry(first, "arrival"), desk.entry(second, "arrival"))
    if int(days) < 0:
        first, second, days = second, first, days[1:]
    return f"How many days passed from the arrival of {first} to that of {second}?", days


def _many_exchanged(rng: Random, desk: Desk) -> Question:
    goods, target, count = rng.choice(desk.goods), _other(rng, desk.currency), rng.randint(3, 40)
    total = shown(Fraction(desk.entry(goods, "price")) * count)
    asked = f"What do {count} pieces of {goods} cost in {target}s?"
    return asked + ROUNDED, desk.exchange(total, target)


def _two_weights(rng: Random, desk: Desk) -> Question:
    first, second = rng.sample(desk.goods, 2)
    target = rng.choice([mass for mass in MASSES if mass != desk.mass])
    total = sum(Fraction(desk.entry(goods, "weight")) for goods in (first, second))
    asked = f"How many {target}s do {first} and {second} weigh together?"
    return asked + ROUNDED, _round(convert(shown(Fraction(total)), desk.mass, target))


def _basket(rng: Random, desk: Desk) -> Question:
    first, second = rng.sample(desk.goods, 2)
    target, count, more = _other(rng, desk.currency), rng.randint(2, 20), rng.randint(2, 20)
    prices = [Fraction(desk.entry(goods, "price")) for goods in (first, second)]
    total = shown(prices[0] * count + prices[1] * more)
    asked = f"What do {count} pieces of {first} and {more} of {second} cost together in {target}s?"
    return asked + ROUNDED, desk.exchange(total, target)


def _late(rng: Random, desk: Desk) -> Question:
    first, second = rng.sample(desk.goods, 2)
    arrivals = [desk.entry(goods, "arrival") for goods in (first, second)]
    days = abs(int(days_between(*arrivals)))
    asked = (
        f"Which day of the week is it as many days after the later of the arrivals of {first} "
        f"and {second} as lie between the two?"
    )
    return asked, weekday(add_days(max(arrivals), days))


MAKERS: Mapping[str, Sequence[Maker]] = {
    "tools_short": (_convert, _weekday, _lookup, _price_exchanged),
    "tools_long": (_weekday_after, _days_apart, _many_exchanged, _two_weights, _basket, _late),
}
"""One or two calls, and two to four; each kind of question is one function."""


def tool_tasks() -> list[Task]:
    return [_tool_task(name, makers) for name, makers in MAKERS.items()]


def _tool_task(name: str, makers: Sequence[Maker]) -> Task:
    def draw(rng: Random) -> Iterator[Problem]:
        while True:
            desk = _desk(rng)
            asked, answer = rng.choice(makers)(rng, desk)
            question = (
                f"A table lists goods with their price in {desk.currency}s, their weight in "
                f"{desk.mass}s and their day of arrival. {asked} Reply with the answer alone."
            )
            payload = {"table": desk.table, "rates": desk.rates}
            yield Problem(make_item(name, question, TOOLS, payload), answer)

    return Generated(name, draw, _judge)


def _judge(problem: Problem, reply: str) -> float:
    try:
        answer = float(problem.answer)
    except ValueError:  # a weekday or a date
        return exact(problem.answer, reply)
    if "." not in problem.answer:
        return numeric(answer, reply)
    return numeric(answer, reply, RELATIVE, ABSOLUTE)


def _desk(rng: Random) -> Desk:
    made = words(rng)
    goods = [next(made) for _ in range(6)]
    table = {
        name: {
            "price": f"{rng.randint(100, 99999) / 100:.2f}",
            "weight": f"{rng.randint(10, 9999) / 10:.1f}",
            "arrival": _day(rng),
        }
        for name in goods
    }
    rates = {currency: f"{rng.randint(5, 400) / 100:.2f}" for currency in CURRENCIES}
    return Desk(list(table), table, rates, rng.choice(CURRENCIES), rng.choice(MASSES))


def _day(rng: Random) -> str:
    return (FIRST_DAY + timedelta(days=rng.randrange(1800))).isoformat()


def _other(rng: Random, currency: str) -> str:
    return rng.choice([other for other in CURRENCIES if other != currency])


def _round(number: str) -> str:
    return f"{float(number):.2f}"
