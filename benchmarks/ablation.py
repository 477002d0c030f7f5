"""What each agent is worth to a campaign, with a scripted strong model in every role.

    python -m discover.benchmarks.ablation [--seeds 10] [--evals 40]

The model is a script, so this measures what the team passes on and not how clever a model is:
the planner works out, from the insights that it is shown, where the hidden point must lie, and
moves the parent there; one program in six moves another number, and one in six imports what it
must not, which the critic before sees by reading it and the gates reject; the
critic after writes down what a move gained. Each line is whole campaigns on the same seeds,
with one agent switched off; its difference from the whole team is paired by seed, with a 95 %
interval by Student's t.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import process_time
from typing import Any

from scipy.stats import ttest_1samp

from ..agents.verdicts import DRAFT
from ..memory import Memory, evaluations, events, open_memory
from ..memory.calls import of_campaign
from ..search.lifecycle.start import run_campaign
from ..search.limits.budget import Budget
from ..search.setup.settings import Settings
from ..space import Status
from ..tests.agents.endpoint import Endpoint, last_message
from ..tests.agents.strong import StrongModel
from .hidden_point import PLACES, REACH

DOMAIN = str(Path(__file__).with_name("hidden_point.py"))
WITHOUT = ("", "planner", "novelty", "critic_before", "critic_after", "retrieval")
FAULTY = 3
"""One program in this many is not what was planned: half of them import."""

MOVE = re.compile(r"move place (\d) by ([+-]\d+)")
GAINED = re.compile(r"place (\d) from (-?\d+) to (-?\d+) gained ([+-]?\d+)")
POINT = re.compile(r"return (\[[-\d, ]+\])")


class Mover(StrongModel):
    """The script. All that it knows is in what it is asked; its chance is the request's seed."""

    def planner(self, body: Mapping[str, Any]) -> str:
        rng, shown = Random(body["seed"]), last_message(body)
        point = POINT.search(shown)
        xs = ast.literal_eval(point[1]) if point else [0] * PLACES
        known = bounds([tuple(map(int, told)) for told in GAINED.findall(shown)])
        gaps = {n: nearest(x, *known[n]) - x for n, x in enumerate(xs) if n in known}
        wrong = [n for n, gap in gaps.items() if gap]
        open_ = [n for n in range(PLACES) if n not in known]
        place = rng.choice(wrong or open_ or range(PLACES))
        step = gaps.get(place) or rng.choice((-1, 1)) * rng.randint(1, 4)
        plan = {"idea": f"move place {place} by {step:+d}", "motivation": "it gained before"}
        return json.dumps({**plan, "expectation": "the score rises", "cites": []})

    def code(self, body: Mapping[str, Any]) -> str:
        rng, asked = Random(body["seed"]), last_message(body)
        found = POINT.search(asked)
        xs = ast.literal_eval(found[1]) if found else [0] * PLACES
        planned = MOVE.search(asked)
        faulty = rng.randrange(FAULTY) == 0
        if planned is None or faulty:
            place, step = rng.randrange(PLACES), rng.choice((-1, 1)) * rng.randint(1, 4)
        else:
            place, step = int(planned[1]), int(planned[2])
        head = "import os\n" if faulty and rng.random() < 0.5 else ""
        after = f"return {moved(xs, place, step)}"
        if "<<<<<<< SEARCH" in asked and found and not head:
            return f"<<<<<<< SEARCH\n    {found[0]}\n=======\n    {after}\n>>>>>>> REPLACE"
        return f"```python\n{head}def point():\n    {after}\n```"

    def critique(self, body: Mapping[str, Any]) -> str:
        asked = last_message(body)
        cheats = "import" in asked.partition("# The program")[2]
        return json.dumps(
            {"verdict": "revise", "remarks": "it imports what it must not"}
            if cheats
            else {"verdict": "run", "remarks": ""}
        )

    def debug(self, body: Mapping[str, Any]) -> str:
        found = POINT.search(last_message(body))
        xs = ast.literal_eval(found[1]) if found else [0] * PLACES
        return f"```python\ndef point():\n    return {xs}\n```"

    def conclude(self, body: Mapping[str, Any]) -> str:
        asked = last_message(body)
        before, after = (re.search(rf"{s}.*?score (-?\d+)", asked, re.DOTALL) for s in _SIDES)
        gain = int(after[1]) - int(before[1]) if before and after else 0
        changed = _changed(asked)
        insight = f"{changed} gained {gain:+d}" if changed else "more than one place moved"
        conclusion = {"insight": insight, "expectation_met": "yes" if gain > 0 else "no"}
        return json.dumps({**conclusion, "scope": "domain", "confidence": 0.8})


_SIDES = ("## Parent", "# The experiment")


def bounds(told: Sequence[tuple[int, ...]]) -> dict[int, tuple[int, int]]:
    """Between which numbers each place's hidden one lies: a move from `a` to `b` gains
    |hidden - a| - |hidden - b|, so that less than its length tells the number itself."""
    known: dict[int, tuple[int, int]] = {}
    for place, a, b, gain in told:
        length, sign = abs(b - a), 1 if b > a else -1
        if abs(gain) < length:
            low = high = (a + b + sign * gain) // 2
        else:
            end = b if gain > 0 else a
            low, high = (end, REACH) if sign * gain > 0 else (-REACH, end)
        before = known.get(place, (-REACH, REACH))
        known[place] = max(low, before[0]), min(high, before[1])
    return known


def nearest(x: int, low: int, high: int) -> int:
    """`x`, or the middle of the range that it lies outside of, or on the edge of."""
    return x if low < x < high or low == high == x else (low + high) // 2


def moved(xs: Sequence[int], place: int, step: int) -> list[int]:
    """The point with one number changed, inside the range."""
    return [max(-REACH, min(REACH, x + step * (n == place))) for n, x in enumerate(xs)]


def _changed(asked: str) -> str:
    """The move between the two points of a shown difference."""
    old, new = (
        re.search(rf"^\{sign}    return (\[.*\])$", asked, re.MULTILINE) for sign in ("-", "+")
    )
    if old is None or new is None:
        return ""
    steps = zip(ast.literal_eval(old[1]), ast.literal_eval(new[1]), strict=True)
    found = [(place, a, b) for place, (a, b) in enumerate(steps) if a != b]
    return "place {} from {} to {}".format(*found[0]) if len(found) == 1 else ""


@dataclass(frozen=True)
class Outcome:
    """One campaign: its best score, the mean of the best so far, and what it took."""

    best: float
    mean_best: float
    first_passed: float
    calls: int
    cpu_s: float


def campaign(memory: Memory, without: str, seed: int, evals: int, api_base: str) -> Outcome:
    """Run one campaign with an agent switched off."""
    models = {"model": "strong", "api_base": api_base, "concurrency": 1, "max_tokens": 500}
    if without:
        models["without"] = [without]
    budget = Budget.parse(f"{evals}evals")
    settings = Settings(
        DOMAIN, budget, seed, slots=1, strategy="flat-tree", verify_share=0.0, models=models
    )
    begun = process_time()
    id_ = run_campaign(settings, memory).campaign_id
    cpu_s = process_time() - begun
    scores = [e.score for e in evaluations.of_campaign(memory, id_) if e.score is not None]
    best = [max(scores[: n + 1]) for n in range(len(scores))]
    drafts = [e.data for e in events.read(memory, id_, kind=DRAFT)]
    firsts = {draft["decision"]: draft["status"] for draft in reversed(drafts)}
    passed = sum(status == Status.OK for status in firsts.values()) / len(firsts)
    return Outcome(best[-1], statistics.mean(best), passed, len(of_campaign(memory, id_)), cpu_s)


def line(without: str, outcomes: Sequence[Outcome], whole: Sequence[Outcome]) -> str:
    """One line of the table: means over seeds, and the differences from the `whole` team's."""
    figures = [
        f"{statistics.mean(o.best for o in outcomes):.1f}",
        difference([o.best - w.best for o, w in zip(outcomes, whole, strict=True)]),
        f"{statistics.mean(o.mean_best for o in outcomes):.1f}",
        difference([o.mean_best - w.mean_best for o, w in zip(outcomes, whole, strict=True)]),
        f"{statistics.mean(o.first_passed for o in outcomes):.0%}",
        f"{statistics.mean(o.calls for o in outcomes):.0f}",
        f"{statistics.mean(o.cpu_s for o in outcomes):.1f}",
    ]
    return f"| {f'without {without}' if without else 'the whole team'} | {' | '.join(figures)} |"


def difference(paired: Sequence[float], digits: int = 1) -> str:
    """The mean of paired differences with its 95 % interval; empty where all are zero."""
    if not any(paired):
        return ""
    bounds = ttest_1samp(paired, 0.0).confidence_interval(0.95)
    mean, low, high = (
        f"{figure:+.{digits}f}" for figure in (statistics.mean(paired), bounds.low, bounds.high)
    )
    return f"{mean} [{low}, {high}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--evals", type=int, default=40)
    arguments = parser.parse_args()
    print(
        "| team | best score | against the whole | mean of the best so far | against the whole"
        " | first drafts passed | calls | CPU s |"
    )
    print("|---|---|---|---|---|---|---|---|")
    whole: list[Outcome] = []
    for without in WITHOUT:
        outcomes = []
        for seed in range(arguments.seeds):
            endpoint = Endpoint(Mover())
            with (
                tempfile.TemporaryDirectory() as folder,
                open_memory(Path(folder) / "memory.db") as memory,
            ):
                address = endpoint.api_base
                outcomes.append(campaign(memory, without, seed, arguments.evals, address))
            endpoint.close()
        whole = whole or outcomes
        print(line(without, outcomes, whole), flush=True)


if __name__ == "__main__":
    main()
