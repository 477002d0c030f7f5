"""A scripted strong model: it knows every role, and takes a text or a fault for any of them."""

from __future__ import annotations

import json
import re
from collections import Counter

from .endpoint import Answer, last_message

ROLES = {
    "You are the planner": "planner",
    "You judge whether": "novelty",
    "You choose the best": "choose",
    "You are the coder": "code",
    "You are the debugger": "debug",
    "You read a program": "critique",
    "You conclude": "conclude",
    "You answer small": "probe",
    "You improve how": "advise",
}
PROBED = '{"colour": "red", "sides": 3, "right_angles": 1, "corners": ["A", "B", "C"]}'


def role_of(body):
    system = body["messages"][0]["content"]
    return next(role for start, role in ROLES.items() if start in system)


def program(expression):
    return f"Here it is.\n```python\ndef answer():\n    return {expression}\n```\nGood luck!"


class StrongModel:
    """Answers by role; `said` overrides roles by a text, an Answer, a list of them to be
    given in turn, or a function of the request. Counts what it was asked."""

    def __init__(self, **said):
        self.said = said
        self.asked = Counter()
        self.bodies = {}

    def __call__(self, body):
        role = role_of(body)
        self.asked[role] += 1
        self.bodies.setdefault(role, []).append(body)
        said = self.said.get(role)
        if isinstance(said, list):
            said = said.pop(0) if len(said) > 1 else said[0]
        if callable(said):
            said = said(body)
        return getattr(self, role)(body) if said is None else said

    def probe(self, body):
        return PROBED

    def planner(self, body):
        n = self.asked["planner"]
        idea = f"mechanism {n}: {'abcdefghij'[n % 10] * 9}"
        plan = {"idea": idea, "motivation": "sums grow", "expectation": "value rises by 1"}
        return json.dumps({**plan, "cites": []})

    def novelty(self, body):
        return json.dumps({"repeats": "none", "reason": "it is new"})

    def choose(self, body):
        return json.dumps({"number": 1, "reason": "first"})

    def code(self, body):
        number = 1000 + self.asked["code"]
        returns = re.search(r"^    return .*$", last_message(body), re.MULTILINE)
        if "<<<<<<< SEARCH" in last_message(body) and returns:
            new = f"    return {number}"
            return f"<<<<<<< SEARCH\n{returns[0]}\n=======\n{new}\n>>>>>>> REPLACE"
        return program(number)

    def debug(self, body):
        return program(2000 + self.asked["debug"])

    def critique(self, body):
        return json.dumps({"verdict": "run", "remarks": ""})

    def advise(self, body):
        return json.dumps({"advice": f"Change one thing, number {self.asked['advise']}."})

    def conclude(self, body):
        conclusion = {"insight": "larger weights raise the sum", "expectation_met": "yes"}
        return json.dumps({**conclusion, "scope": "level", "confidence": 0.8})


def numbers_offered(body):
    return [int(n) for n in re.findall(r"^(\d+)\. ", last_message(body), re.MULTILINE)]


__all__ = ["Answer", "StrongModel", "last_message", "numbers_offered", "program", "role_of"]
