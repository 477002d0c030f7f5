"""Faults of the machine and of other processes, for `faults.py`."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

import psutil

from .fault_kit import Place, finish, kill_group

RUNS = "14evals"
SLOW_S = "0.15"

Process = subprocess.Popen[str]


def _begin(place: Place, results: int = 3, budget: str = RUNS, *more: object) -> Process:
    """A campaign of honest programs that has stored some results, at a random moment."""
    place.environment["DISCOVER_BENCH_SLOW_S"] = SLOW_S
    process = place.search(budget, *more)
    assert place.wait_for(process, results), f"it ended early: {process.communicate()}"
    time.sleep(place.rng.uniform(0, 0.5))
    return process


def _goes_on(place: Place, process: Process, *, unhurt: bool = True) -> None:
    """The campaign ends well; where `unhurt`, no honest candidate lost its score to the fault."""
    ended = finish(process)
    assert ended.code == 0 and not ended.traceback, f"exit {ended.code}: {ended.err[-300:]}"
    if unhurt:
        hurt = place.rows("SELECT status, reason FROM evaluations WHERE status <> 'ok'")
        assert not hurt, hurt


def _below(process: Process) -> Iterator[psutil.Process]:
    """All processes that a campaign started; those of the sandbox run our own modules."""
    yield from psutil.Process(process.pid).children(recursive=True)


def _is_zygote(process: psutil.Process) -> bool:
    return "zygote" in " ".join(process.cmdline())


def worker_killed(place: Place) -> None:
    """SIGKILL to a child that runs a candidate, as the machine's memory watch would."""
    process = _begin(place)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(psutil.NoSuchProcess):  # one that ended while we looked
            zygotes = [child for child in _below(process) if _is_zygote(child)]
            workers = [child for zygote in zygotes for child in zygote.children(recursive=True)]
            if workers:
                workers[-1].kill()
                break
    _goes_on(place, process, unhurt=False)


def zygote_killed(place: Place) -> None:
    """SIGKILL to the process that the children are forked from."""
    process = _begin(place)
    for child in [child for child in _below(process) if _is_zygote(child)][:1]:
        child.kill()
    _goes_on(place, process, unhurt=False)


def database_locked(place: Place) -> None:
    """Another process holds the database's write lock for seconds."""
    process = _begin(place)
    with closing(sqlite3.connect(place.database, timeout=20, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        time.sleep(place.rng.uniform(2, 6))
        other.execute("COMMIT")
    _goes_on(place, process)


def disk_full(place: Place) -> None:
    """The disk fills up; with room again, a resume goes on."""
    size = f"{700 + place.rng.randrange(500)}k"
    (place.folder / "small").mkdir()
    script = (
        f'mount -t tmpfs -o size={size} none small || exit 77; (cd small && "$@"); code=$?; '
        "cp small/discover.db* . ; exit $code"
    )
    place.wrapper = ("unshare", "-m", "sh", "-c", script, "sh")
    ended = finish(place.search("500evals"))
    assert ended.code != 77, "no small disk can be mounted here: not tried"
    assert ended.code == 4 and not ended.traceback, f"exit {ended.code}: {ended.err[-300:]}"
    assert "full" in ended.err and "discover resume" in ended.err, ended.err
    place.wrapper = ()
    before = place.results()
    assert not place.audit(before).problems
    stop = place.folder / "stop"
    resumed = place.start("resume", "--db", place.db, "--stop-file", stop)
    assert place.wait_for(resumed, len(before) + 3), resumed.communicate()
    stop.touch()
    assert finish(resumed).code == 0
    assert place.audit(before).lost == 0


CLOCK = """
import os, time
_time, _mark, _offset = time.time, {mark!r}, {offset}
time.time = lambda: _time() + (_offset if os.path.exists(_mark) else 0)
"""


def clock_jump(place: Place) -> None:
    """The machine's clock jumps by hours; the campaign is still taken for alive."""
    mark, offset = place.folder / "jumped", place.rng.choice((-7200, -40, 40, 7200))
    (place.folder / "sitecustomize.py").write_text(CLOCK.format(mark=str(mark), offset=offset))
    searched = (str(place.folder), os.environ.get("PYTHONPATH", ""))
    place.environment["PYTHONPATH"] = os.pathsep.join(filter(None, searched))
    process = _begin(place, 3, "40evals,5m")
    mark.touch()
    time.sleep(2)
    _is_refused(place, process)
    _goes_on(place, process)
    wall_s = place.rows("SELECT wall_s FROM campaigns")[0][0]
    assert 0 < wall_s < 300, f"{wall_s} s of wall time"


def _is_refused(place: Place, process: Process) -> None:
    """A second process is told that the campaign, if it still runs, is being run."""
    id_ = place.rows("SELECT id FROM campaigns")[0][0]
    other = finish(place.start("resume", id_, "--db", place.db))
    if process.poll() is None:
        assert other.code == 2 and "being run by process" in other.err, other


def two_processes(place: Place) -> None:
    """A second process wants the same campaign: refused. Killed, it is taken over."""
    process = _begin(place, 3, "40evals")
    _is_refused(place, process)
    before = place.results()
    kill_group(process)
    process.communicate()
    ended = place.resume()
    assert ended.code == 0, ended.err
    assert place.audit(before).lost == 0


def two_campaigns(place: Place) -> None:
    """Two campaigns on one file at the same time."""
    place.environment["DISCOVER_BENCH_SLOW_S"] = SLOW_S
    both = [place.search(RUNS, "--seed", seed, "--fresh") for seed in (1, 2)]
    for process in both:
        _goes_on(place, process)
    assert place.rows("SELECT status FROM campaigns") == [("done",), ("done",)]


def stopped(place: Place) -> None:
    """SIGSTOP to everything for seconds, then SIGCONT: nobody is blamed for the pause."""
    process = _begin(place)
    frozen = [psutil.Process(process.pid), *_below(process)]
    for each in frozen:
        _signal(each, signal.SIGSTOP)
    time.sleep(place.rng.uniform(1, 6))
    for each in frozen:
        _signal(each, signal.SIGCONT)
    _goes_on(place, process)


def _signal(process: psutil.Process, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process.pid, number)


def interrupted(place: Place) -> None:
    """Ctrl-C once or twice, then a resume."""
    process = _begin(place, 1, "40evals")
    for _ in range(place.rng.choice((1, 2))):
        _signal(psutil.Process(process.pid), signal.SIGINT)
        time.sleep(place.rng.uniform(0, 0.4))
        if process.poll() is not None:
            break
    ended = finish(process)
    assert ended.code == 130 and not ended.traceback, f"exit {ended.code}: {ended.err[-300:]}"
    before = place.results()
    assert place.resume().code == 0
    assert place.audit(before).lost == 0


FAULTS: dict[str, Callable[[Place], None]] = {
    "worker-killed": worker_killed,
    "zygote-killed": zygote_killed,
    "database-locked": database_locked,
    "disk-full": disk_full,
    "clock-jump": clock_jump,
    "two-campaigns": two_campaigns,
    "two-processes": two_processes,
    "stopped": stopped,
    "interrupted": interrupted,
}
