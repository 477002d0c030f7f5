"""What the fault benchmarks share: campaigns in processes of their own, and the audit."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from discover.memory import open_memory
from discover.memory.check import check

HERE = Path(__file__).parent
FAULTY = HERE / "fault_domain.py"
PATIENCE_S = 300.0
"""A command that takes longer than this hangs."""
_KEYS = "SELECT candidate, tier, seed, purpose, score FROM evaluations"
_BEST = "SELECT max(score) FROM evaluations WHERE purpose = 'search'"

Key = tuple[str, str, int, str, float | None]


@dataclass(frozen=True)
class Ended:
    """How a command ended; `summary` is the document of `--json`, where there is one."""

    code: int
    out: str
    err: str

    @property
    def summary(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self.out)
        except ValueError:
            return {}
        return found

    @property
    def traceback(self) -> bool:
        return "Traceback" in self.err


@dataclass
class Place:
    """A folder with one memory, and the campaigns that run on it.

    `wrapper` is a command that the campaigns are started through.
    """

    folder: Path
    rng: Random
    domain: Path = FAULTY
    environment: dict[str, str] = field(default_factory=dict)
    wrapper: tuple[str, ...] = ()
    db: str = "discover.db"

    @property
    def database(self) -> Path:
        return self.folder / self.db

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        """A `discover` in its own process group."""
        command = [*self.wrapper, sys.executable, "-m", "discover.cli.main", *map(str, arguments)]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=os.environ | {"OMP_NUM_THREADS": "1", "TERM": "dumb"} | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def search(self, budget: str, *more: object) -> subprocess.Popen[str]:
        """Start a campaign on the place's domain."""
        given = ("--domain", self.domain, "--budget", budget, "--db", self.db, "--json", *more)
        return self.start(*given)

    def resume(self, *more: object) -> Ended:
        """Go on with the campaign that is not done, to its end."""
        return finish(self.start("resume", "--db", self.db, "--json", *more))

    def wait_for(self, process: subprocess.Popen[str], results: int) -> bool:
        """Until the memory holds so many results; False where the process ended before."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            found = self.rows("SELECT count(*) FROM evaluations")
            if found and found[0][0] >= results:
                return True
            if process.poll() is not None:
                return False
            time.sleep(0.05)
        return False

    def results(self) -> list[Key]:
        """Every stored result: what it was, and its score."""
        return self.rows(_KEYS)

    def best(self) -> float | None:
        """The best score of the search so far, where high is good."""
        found = self.rows(_BEST)
        return found[0][0] if found else None

    def rows(self, sql: str) -> list[Any]:
        if not self.database.exists():
            return []
        uri = f"file:{self.database}?mode=ro"
        try:
            with closing(sqlite3.connect(uri, uri=True, timeout=20)) as connection:
                return connection.execute(sql).fetchall()
        except sqlite3.OperationalError:
            return []  # no table yet

    def audit(self, before: list[Key] | None = None) -> Audit:
        """What of `before` is gone, and what was counted or charged more than once."""
        keys = self.results()
        lost = sum(key not in set(keys) for key in before or ())
        with open_memory(self.database) as memory:
            problems = check(memory)
        runs = self.rows("SELECT campaign, candidate, tier, seed, purpose FROM evaluations")
        doubled = len(runs) - len(set(runs))
        return Audit(lost, doubled, problems)


@dataclass(frozen=True)
class Audit:
    """What a look at a memory showed; `problems` are those of `discover memory check`."""

    lost: int = 0
    doubled: int = 0
    problems: list[str] = field(default_factory=list)


def finish(process: subprocess.Popen[str], timeout: float = PATIENCE_S) -> Ended:
    """Wait for the end; what takes too long is killed, and ends with -9."""
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        kill_group(process)
        out, err = process.communicate()
    return Ended(process.returncode, out, err)


def kill_group(process: subprocess.Popen[str]) -> None:
    """SIGKILL to the process and all that it started, where they still live."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
