"""A campaign and a browser on one file: does either make the other wait or fail?

    python benchmarks/readers.py --minutes 10

runs a campaign on a domain that takes no time, so that it writes as fast as it can, and asks
a `discover browse` beside it for a page of each kind every second. Prints how the answers and
the campaign ended, how often anything spoke of a lock, and how far the write-ahead log grew.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

DISCOVER = (sys.executable, "-m", "discover.cli.main")
DOMAIN = Path(__file__).with_name("instant_domain.py")
INSIDE = ("", "/tree", "/tree.json", "/themes", "/map", "/archive", "/costs")
SECONDS = 60
"""A page that takes longer has failed."""


class ServerGone(Exception):
    """The server ended before it answered."""


@dataclass
class Seen:
    """How requests ended by status or error, the slowest, and the largest log in bytes."""

    ended: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    at: str = ""
    log: int = 0

    def ask(self, base: str, path: str) -> str:
        begun, body = time.monotonic(), ""
        try:
            with urllib.request.urlopen(base + path, timeout=SECONDS) as answer:
                body = answer.read().decode()
                self.ended[str(answer.status)] += 1
        except (urllib.error.URLError, TimeoutError) as error:
            self.ended[f"{path}: {error}"] += 1
        if time.monotonic() - begun > self.slowest:
            self.slowest, self.at = time.monotonic() - begun, path
        return body


def pages(campaign: str, candidate: str) -> list[str]:
    return [
        "/", *(f"/campaign/{campaign}{part}" for part in INSIDE), f"/candidate/{candidate}",
        "/search?q=axis+moved", "/themes", "/claims", "/knowledge", "/data",
        "/data/evaluations?_sort_desc=id", "/data/evaluations.json?_sort_desc=id",
    ]  # fmt: skip


def browse(base: str, db: Path, campaign: subprocess.Popen[str]) -> Seen:
    """Ask for one page after the other, one a second, as long as the campaign lives."""
    seen = Seen()
    turn: Iterator[str] = iter(())
    while campaign.poll() is None:
        path = next(turn, None)
        if path is None:
            found = re.search(r"/campaign/([0-9a-f]+)", seen.ask(base, "/"))
            inside = seen.ask(base, f"/campaign/{found[1]}") if found else ""
            candidates = re.findall(r"/candidate/([0-9a-f]+)", inside)
            turn = iter(pages(found[1], candidates[-1]) if found and candidates else ())
        else:
            seen.ask(base, path)
        log = db.with_name(f"{db.name}-wal")
        seen.log = max(seen.log, log.stat().st_size if log.exists() else 0)
        time.sleep(1)
    return seen


def begin_campaign(db: Path, minutes: float, errors: IO[str]) -> subprocess.Popen[str]:
    """A campaign that writes to `db`, which exists when this returns, or the campaign is gone."""
    command = [
        *DISCOVER, "--domain", str(DOMAIN), "--budget", f"{minutes:g}m", "--slots", "1",
        "--db", str(db), "--json",
    ]  # fmt: skip
    campaign = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    while not db.exists() and campaign.poll() is None:
        time.sleep(0.1)
    return campaign


def watch(db: Path, port: int, campaign: subprocess.Popen[str], errors: IO[str]) -> Seen:
    """Serve `db` and browse it as long as the campaign lives."""
    view = [*DISCOVER, "browse", "--db", str(db), "--no-open", "--port", str(port)]
    server = subprocess.Popen(view, stdout=subprocess.DEVNULL, stderr=errors)
    base = f"http://127.0.0.1:{port}"
    try:
        while not Seen().ask(base, "/"):
            if server.poll() is not None:
                raise ServerGone(f"discover browse ended with exit code {server.returncode}")
            time.sleep(1)
        return browse(base, db, campaign)
    finally:
        end(server)


def end(process: subprocess.Popen[Any]) -> None:
    """Let it end, where it has not, and wait for that."""
    if process.poll() is None:
        process.terminate()
    process.wait()


def report(seen: Seen, campaign: subprocess.Popen[str], said: Path) -> None:
    summary = json.loads(campaign.stdout.read() if campaign.stdout else "{}")
    print(f"pages {dict(seen.ended)}, slowest {seen.slowest:.1f} s ({seen.at})")
    print(f"campaign: exit code {campaign.wait()}, {summary['status']}, {summary['evaluations']}")
    locks = [line for line in said.read_text().splitlines() if re.search(r"\block", line, re.I)]
    print(f"{len(locks)} lines about locks; write-ahead log {seen.log / 1e6:.1f} MB at most")
    print(*locks[:3], sep="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--port", type=int, default=8077)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        db, said = Path(folder) / "both.db", Path(folder) / "said"
        with said.open("w") as errors:
            campaign = begin_campaign(db, options.minutes, errors)
            try:
                time.sleep(5)  # the file is made; the campaign's row comes a moment later
                seen = watch(db, options.port, campaign, errors)
            except ServerGone as gone:
                sys.exit(f"{gone}: {said.read_text()[-2000:]}")
            finally:
                end(campaign)
        report(seen, campaign, said)
        subprocess.run([*DISCOVER, "memory", "check", "--db", str(db)], check=False)
        subprocess.run([*DISCOVER, "memory", "stats", "--db", str(db)], check=False)


if __name__ == "__main__":
    main()
