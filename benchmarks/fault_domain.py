"""A domain whose space holds misbehaving programs: for `faults.py`.

A program answers with its number; the score is how near that is to 1000, and at most 0. The
variable `DISCOVER_BENCH_FAULT` says what the others do: see `HOSTILE`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from random import Random

from discover.evaluators.domain import Tier
from discover.evaluators.program import ProgramDomain, require
from discover.sandbox import Limits, Worker
from discover.space import Blueprint, Candidate, Edit, Level, make

TARGET = 1000
HOSTILE = {
    "hang": [
        "def value():\n    while True:\n        pass\n",
        "import time\ndef value():\n    time.sleep(1e6)\n",
    ],
    "exit": [
        "import os\ndef value():\n    os._exit(0)\n",
        "import os\nos._exit(0)\ndef value():\n    return 0\n",
        "def value():\n    raise SystemExit(0)\n",
    ],
    "memory": [
        "def value():\n    kept = []\n    while True:\n        kept.append(bytearray(10**7))\n",
        "def value():\n    return len(bytearray(10**12))\n",
    ],
    "tamper": [
        # A result file, wherever it may be written.
        "import atexit, glob\n"
        "def rewrite():\n"
        "    for name in glob.glob('**/*', recursive=True) + ['discover.db', '/tmp/result.json']:\n"
        "        try:\n"
        "            open(name, 'w').write('999')\n"
        "        except OSError:\n"
        "            pass\n"
        "atexit.register(rewrite)\n"
        "def value():\n    rewrite()\n    return 0\n",
        # The evaluator's own code, in every process that this one can reach.
        "import sys\n"
        "for module in list(sys.modules.values()):\n"
        "    for name in ('measure', 'run', 'evaluate', 'score', 'finish'):\n"
        "        if hasattr(module, name):\n"
        "            setattr(module, name, lambda *a, **k: {'score': 999.0})\n"
        "def value():\n    return 0\n",
        # The parent.
        "import os, signal\n"
        "def value():\n"
        "    for pid in (os.getppid(), -1):\n"
        "        try:\n"
        "            os.kill(pid, signal.SIGKILL)\n"
        "        except OSError:\n"
        "            pass\n"
        "    return 0\n",
        # Answers that no honest program gives.
        "def value():\n    return float('inf')\n",
        "def value():\n    return {'score': 999}\n",
        # Every open descriptor.
        "import os\n"
        "def value():\n"
        "    for fd in range(3, 64):\n"
        "        try:\n"
        '            os.write(fd, b\'{"kind": "answer", "value": 999}\')\n'
        "        except OSError:\n"
        "            pass\n"
        "    return 0\n",
    ],
    "none": ["def value():\n    return 0\n"],
}
KIND = os.environ.get("DISCOVER_BENCH_FAULT", "none")
SLOW_S = float(os.environ.get("DISCOVER_BENCH_SLOW_S", "0"))


class Programs:
    """Honest programs by their number, and the hostile ones of one kind."""

    def sample(self, rng: Random) -> Blueprint:
        if rng.random() < 0.4:
            return make("hostile", which=rng.randrange(len(HOSTILE[KIND])), n=rng.randrange(10**6))
        return make("honest", n=rng.randrange(TARGET))

    def edits(self, blueprint: Blueprint, level: Level, rng: Random) -> Sequence[Edit]:
        return [Edit(level, (), self.sample(rng), "another") for _ in range(4)]

    def apply(self, blueprint: Blueprint, edit: Edit) -> Blueprint:
        return edit.subtree

    def crossover(self, a: Blueprint, b: Blueprint, rng: Random) -> Blueprint:
        return self.sample(rng)

    def render(self, blueprint: Blueprint) -> str:
        number = f"N = {blueprint['n']}\n"
        if blueprint.production == "honest":
            return f"{number}def value():\n    return N\n"
        return number + HOSTILE[KIND][blueprint["which"]]

    def tokens(self, blueprint: Blueprint) -> list[str]:
        return [blueprint.production]


class Faulty(ProgramDomain):
    name = "faulty"
    brief = "Define `value()` that returns a whole number near 1000."
    functions = ("value",)
    programs: Mapping[str, str] = {"one": "N = 1\ndef value():\n    return N\n"}
    tiers = (Tier("quick", Limits(wall_s=3, cpu_s=1, memory_bytes=256 << 20), expected_s=0.05),)

    @property
    def space(self) -> Programs:
        return Programs()

    @property
    def references(self) -> Mapping[str, Candidate]:
        source = self.programs["one"]
        return {"one": Candidate.from_source(source, blueprint=make("honest", n=1), name="one")}

    def measure(self, worker: Worker, tier: Tier, seed: int) -> Mapping[str, float]:
        time.sleep(SLOW_S)
        number = worker.call("call", function="value")["value"]
        require(type(number) is int and 0 <= number < TARGET, "not a whole number below 1000")
        return {"score": float(number - TARGET)}
