"""What the sandbox costs, as ratios within one run.

    python benchmarks/sandbox.py [--quick]

Prints Markdown. Times are medians; the kinds of run that are compared are interleaved, so
that another program's load falls on all of them alike. Training is compared by CPU seconds.
"""

from __future__ import annotations

import argparse
import mmap
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil

from discover.sandbox import ArraySpec, Cancelled, Job, Limits, LocalExecutor
from discover.sandbox.fresh import FreshLauncher
from discover.sandbox.isolation.confine import UNSAFE, Plan
from discover.sandbox.launch import Launcher
from discover.sandbox.probe import find_isolation
from discover.sandbox.session import SandboxSession
from discover.sandbox.zygote import ZygoteLauncher

FUNCTIONS = "discover.sandbox.harness:functions"
LIMITS = Limits(wall_s=300, cpu_s=300)
SOURCE = """
import time
import torch
from torch import nn

def model():
    return nn.Sequential(nn.Embedding(64, 64), nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 64))

def step():
    tokens = torch.randint(0, 64, (8, 64))
    loss = nn.functional.cross_entropy(model()(tokens).reshape(-1, 64), tokens.reshape(-1))
    loss.backward()

def train(steps):
    started = time.process_time()
    net = model()
    mixer = nn.MultiheadAttention(64, 4, batch_first=True)
    optimizer = torch.optim.AdamW([*net.parameters(), *mixer.parameters()], lr=1e-3)
    for _ in range(steps):
        tokens = torch.randint(0, 64, (16, 128))
        hidden = net(tokens)
        hidden = hidden + mixer(hidden, hidden, hidden, need_weights=False)[0]
        loss = nn.functional.cross_entropy(hidden.reshape(-1, 64), tokens.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return time.process_time() - started

LOGITS = torch.ones(256, 256, 64)

def logits():
    return LOGITS

def nothing():
    return None
"""


Seconds = tuple[float, float]
"""Wall time and CPU time."""


def submit_to_backward(launcher: Launcher) -> Seconds:
    """From asking for a child until its first backward pass is done; CPU until its end."""
    session = SandboxSession(launcher, LIMITS, "")
    started = time.perf_counter()
    with session.open(FUNCTIONS, SOURCE) as worker:
        worker.call("call", function="step")
        wall_s = time.perf_counter() - started
    return wall_s, session.usage.cpu_s


def train(launcher: Launcher, steps: int) -> Seconds:
    """A training in a child, on one thread, without its start."""
    with SandboxSession(launcher, LIMITS, "").open(FUNCTIONS, SOURCE) as worker:
        started = time.perf_counter()
        cpu_s = float(worker.call("call", function="train", args=[steps])["value"])
        return time.perf_counter() - started, cpu_s


def import_torch() -> Seconds:
    """A fresh interpreter that imports torch."""
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - started, cpu_s


def interleaved(runs: dict[str, Callable[[], Seconds]], rounds: int) -> dict[str, list[Seconds]]:
    """Each run's figures, taken in turns."""
    taken: dict[str, list[Seconds]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            taken[name].append(run())
    return taken


def start_up(launchers: dict[str, Launcher], rounds: int) -> Iterator[str]:
    runs = {name: lambda at=at: submit_to_backward(at) for name, at in launchers.items()}
    for run in runs.values():
        run()  # starts the zygote
    warm = interleaved(runs, rounds)
    slow = interleaved(
        {
            "fresh `import torch`": import_torch,
            "fresh process, S1": lambda: submit_to_backward(FreshLauncher()),
        },
        max(3, rounds // 10),
    )
    base_wall, base_cpu = medians(slow["fresh `import torch`"])
    yield "| from submit to the first forward and backward | wall | CPU | of `import torch` |"
    yield "|---|---|---|---|"
    for name, figures in (warm | slow).items():
        wall, cpu = medians(figures)
        ratios = f"{wall / base_wall:.3f} of wall, {cpu / base_cpu:.3f} of CPU"
        yield f"| {name} | {1e3 * wall:.0f} ms | {1e3 * cpu:.0f} ms | {ratios} |"


def medians(figures: list[Seconds]) -> Seconds:
    """The median of the wall times and that of the CPU times."""
    wall, cpu = zip(*figures, strict=True)
    return statistics.median(wall), statistics.median(cpu)


def slowdown(launchers: dict[str, Launcher], rounds: int, steps: int) -> Iterator[str]:
    taken = interleaved({n: lambda at=at: train(at, steps) for n, at in launchers.items()}, rounds)
    yield f"| training, {steps} steps | median CPU | median of paired ratios to no sandbox |"
    yield "|---|---|---|"
    for name, figures in taken.items():
        pairs = zip(figures, taken["no sandbox"], strict=True)
        ratio = statistics.median(mine / bare for (_, mine), (_, bare) in pairs)
        yield f"| {name} | {medians(figures)[1]:.2f} s | {ratio:.3f} |"


def transfer(launcher: Launcher, rounds: int) -> Iterator[str]:
    """What it takes to bring 16 MiB of logits to the parent: the channel, and shared memory."""
    spec = {"value": ArraySpec("float32", (256, 256, 64))}
    with (
        SandboxSession(launcher, LIMITS, "").open(FUNCTIONS, SOURCE) as worker,
        Segments() as other,
    ):
        taken = interleaved(
            {
                "the channel": lambda: timed(
                    lambda: worker.call("call", function="logits", returns=spec)
                ),
                "a fresh shared segment": lambda: timed(other.take),
            },
            rounds,
        )
    yield "| 16 MiB of logits over | wall | the parent's CPU |"
    yield "|---|---|---|"
    for name, figures in taken.items():
        wall, cpu = medians(figures)
        yield f"| {name} | {1e3 * wall:.1f} ms | {1e3 * cpu:.1f} ms |"


def timed(action: Callable[[], object]) -> Seconds:
    """Wall time and this process's CPU time of `action`."""
    started, used = time.perf_counter(), time.process_time()
    action()
    return time.perf_counter() - started, time.process_time() - used


class Segments:
    """A bare child that writes each answer into a new memfd: the least that sharing costs."""

    SIZE = 16 << 20

    def __enter__(self) -> Segments:
        self.line, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            self.line.close()
            answer = np.ones(self.SIZE // 4, np.float32)
            while theirs.recv(1):
                segment = os.memfd_create("answer")
                os.ftruncate(segment, self.SIZE)
                with mmap.mmap(segment, self.SIZE) as memory:
                    memory[:] = answer.data.cast("B")
                socket.send_fds(theirs, [b"x"], [segment])
                os.close(segment)
            os._exit(0)
        theirs.close()
        return self

    def take(self) -> np.ndarray:
        """One answer, copied: the child could still write to it."""
        self.line.send(b"x")
        _, (segment,), _, _ = socket.recv_fds(self.line, 1, 1)
        with mmap.mmap(segment, self.SIZE, prot=mmap.PROT_READ) as memory:
            copy = np.frombuffer(memory, np.float32).copy()
        os.close(segment)
        return copy

    def __exit__(self, *_: object) -> None:
        self.line.close()
        os.waitpid(self.pid, 0)


BURNER = """
import hashlib
import threading

def burn(threads):
    def loop():
        while True:
            hashlib.pbkdf2_hmac("sha256", b"", b"", 10**7)  # outside the interpreter's lock
    threading.stack_size(1 << 18)
    started = 0
    try:
        while started < threads - 1:
            threading.Thread(target=loop, daemon=True).start()
            started += 1
    except RuntimeError:
        pass
    print(started + 1, flush=True)
    loop()
"""


def neighbours(launcher: Launcher, rounds: int, steps: int) -> Iterator[str]:
    """An honest training beside a candidate that starts 250 native threads."""
    alone: list[float] = []
    beside: dict[int, list[float]] = {1: [], 256: []}
    for _ in range(rounds):
        alone.append(train(launcher, steps)[0])
        for allowed, walls in beside.items():
            with burning(launcher, allowed):
                walls.append(train(launcher, steps)[0])
    yield "| an honest training beside | wall, of that alone |"
    yield "|---|---|"
    for allowed, walls in beside.items():
        ratio = statistics.median(b / a for a, b in zip(alone, walls, strict=True))
        yield f"| 250 threads, where {allowed} may be started | {ratio:.2f} |"


@contextmanager
def burning(launcher: Launcher, threads: int) -> Iterator[None]:
    """A candidate that burns CPU on 250 threads, as far as it may."""
    session = SandboxSession(launcher, replace(LIMITS, threads=threads), "")

    def burn() -> None:
        with suppress(Cancelled), session.open(FUNCTIONS, BURNER) as worker:
            worker.call("call", function="burn", args=[250])

    thread = threading.Thread(target=burn)
    thread.start()
    time.sleep(0.5)
    yield
    session.cancel()
    thread.join()


def nothing(session: SandboxSession) -> None:
    with session.open(FUNCTIONS, "def nothing():\n    return None\n") as worker:
        worker.call("call", function="nothing")


def in_a_row(count: int) -> Iterator[str]:
    """Instant candidates through the executor, and what is left of them."""
    before = held()
    executor = LocalExecutor(2)
    started, marks = time.perf_counter(), []
    for first in range(0, count, count // 10):
        for n in range(first, first + count // 10):
            executor.submit(Job(str(n), nothing, LIMITS))
        for _ in range(count // 10):
            completion = executor.next()
            assert completion is not None and completion.error is None, completion
        marks.append((psutil.Process().memory_info().rss, held()))
    wall = time.perf_counter() - started
    executor.close()
    (first_rss, first), (rss, last) = marks[0], marks[-1]
    yield (
        f"{count} instant evaluations in a row: {1e3 * wall / count:.1f} ms each on 2 slots. From "
        f"the first tenth to the last: parent memory {rss / first_rss - 1:+.1%}; descriptors, "
        f"processes, temporary files, shared segments {first} to {last}; before {before}, after "
        f"closing {held()}."
    )


def held() -> tuple[int, int, int, int]:
    """Descriptors and processes of ours, temporary files and shared segments of ours."""
    me = psutil.Process()
    files = [*Path(tempfile.gettempdir()).glob("discover-*"), *Path("/dev/shm").glob("*")]
    segments = len(Path("/proc/sysvipc/shm").read_text().splitlines()) - 1
    shared = sum(path.parent.name == "shm" for path in files)
    return me.num_fds(), len(me.children(recursive=True)), len(files) - shared, shared + segments


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    quick = parser.parse_args().quick
    rounds, pairs, steps, count = (10, 3, 20, 200) if quick else (60, 15, 60, 2000)
    plan = find_isolation().plan
    print(f"Load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.\n")
    with ExitStack() as stack:
        launchers: dict[str, Launcher] = {
            f"zygote, {plan.level}": ZygoteLauncher(plan, preload=["torch"]),
            "zygote, S2": ZygoteLauncher(replace(plan, namespaces=False), preload=["torch"]),
            "zygote, S1": ZygoteLauncher(
                Plan(namespaces=False, landlock=False, seccomp=False), preload=["torch"]
            ),
            "no sandbox": ZygoteLauncher(UNSAFE, preload=["torch"]),
        }
        for launcher in launchers.values():
            stack.callback(launcher.close)
        for lines in (
            start_up(launchers, rounds),
            slowdown(launchers, pairs, steps),
            transfer(next(iter(launchers.values())), rounds),
            neighbours(next(iter(launchers.values())), 3, 20),
        ):
            print("\n".join(lines), end="\n\n", flush=True)
    print("\n".join(in_a_row(count)))
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"\nLoad after: {os.getloadavg()[0]:.1f}; {children.ru_utime:.0f} CPU s in children.")


if __name__ == "__main__":
    main()
