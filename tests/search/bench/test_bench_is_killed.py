"""What is left of a benchmark whose process was killed: nothing that goes on computing."""

import subprocess
import sys
import time

import psutil
import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills by a POSIX signal")

SPEC = """
name: toy
table: toy.csv
encoding: {kind: digits, column: ops, length: 4}
query: {column: val}
"""


def test_its_workers_end_with_it(tmp_path):
    rows = [f"{i // 64}{i // 16 % 4}{i // 4 % 4}{i % 4},{i % 37}" for i in range(256)]
    (tmp_path / "toy.csv").write_text("\n".join(["ops,val", *rows]) + "\n")
    (tmp_path / "toy.yaml").write_text(SPEC)
    command = [sys.executable, "-m", "discover.cli.main", "bench", "search", "--seeds", "50"]
    command += ["--table", "toy.yaml", "--strategies", "tree", "--workers", "2"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL) as parent:
        try:
            workers = busy_workers(parent.pid)
        finally:
            parent.kill()
    assert len(workers) == 2
    _, left = psutil.wait_procs(workers, timeout=20)
    for worker in left:
        worker.kill()
    assert not left


def busy_workers(pid: int) -> list[psutil.Process]:
    """The two that have computed for more than it takes to start."""
    found: list[psutil.Process] = []
    until = time.monotonic() + 60
    while len(found) < 2 and time.monotonic() < until:
        time.sleep(0.2)
        children = psutil.Process(pid).children()
        found = [child for child in children if child.cpu_times().user > 3]
    return found
