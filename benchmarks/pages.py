"""What a page of the web view costs before its first byte, and one search, on a large memory.

    python benchmarks/large_memory.py /tmp/large.db
    python benchmarks/pages.py /tmp/large.db

prints CPU milliseconds of the server's process: the first request and the quickest of four.
The targets are 300 ms for a page and 100 ms for a search, at 100,000 candidates. The vectors
of texts that have none yet are made and stored first, which takes a minute or two once.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import threading
import time
from pathlib import Path
from typing import Any

from discover.cli.browse import limits
from discover.memory import Memory, open_memory
from discover.memory.browse.server import application
from discover.memory.retrieval import Retriever

QUERIES = (
    "gated delta rule with a short convolution, causal, that did well on recall",
    "sliding window",
    "hyena operator",
)


TABLES = (
    "/data/evaluations",
    "/data/evaluations?_sort_desc=score",
    "/data/standings?domain=linear-attention&tier=quick&_sort_desc=median",
    "/data/curves",
    "/data/ledger",
)


def paths(memory: Memory) -> list[str]:
    """Every kind of page, of a late campaign and its last candidate, and of a shared one."""
    campaign = memory.rows("SELECT id FROM campaigns ORDER BY created DESC LIMIT 1")[0][0]
    ids = [row[0] for row in memory.rows(
        "SELECT candidate FROM proposals WHERE campaign = ? ORDER BY id", (campaign,)
    )]  # fmt: skip
    parts = ("", "/tree", "/tree.json", "/themes", "/map", "/archive", "/costs")
    inside = [f"/campaign/{campaign}{part}" for part in parts]
    pair = f"/compare?a={ids[-1]}&b={ids[0]}"
    said = [f"/search?q={query.replace(' ', '+')}" for query in QUERIES]
    return ["/", "/?page=3", *inside, f"/candidate/{ids[-1]}", f"/candidate/{ids[0]}", pair,
            "/claims", "/knowledge", *said, "/themes", "/data", *TABLES]  # fmt: skip


async def first_byte(app: Any, path: str) -> tuple[int, float]:
    """The status, and CPU seconds until the body begins."""
    name, _, query = path.partition("?")
    seen: dict[str, Any] = {}

    async def send(message: Any) -> None:
        seen.setdefault(message["type"], (time.process_time(), message.get("status")))

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    begun = time.process_time()
    scope = {"type": "http", "method": "GET", "path": name, "raw_path": name.encode(),
             "query_string": query.encode(), "headers": [(b"host", b"localhost")],
             "scheme": "http", "http_version": "1.1"}  # fmt: skip
    await app(scope, receive, send)
    return seen["http.response.start"][1], seen["http.response.body"][0] - begun


async def measure(app: Any, asked: list[str]) -> None:
    for path in asked:
        found = [await first_byte(app, path) for _ in range(4)]
        times = [1000 * seconds for _, seconds in found]
        print(f"{times[0]:7.0f} {min(times):7.0f} ms  {found[0][0]}  {path[:80]}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("db", type=Path)
    db = parser.parse_args().db
    with open_memory(db, create=False) as memory:
        begun = time.process_time()
        retriever = Retriever(memory)
        retriever.refresh()
        print(f"{time.process_time() - begun:7.1f} s   to take in all vectors")
        for query in QUERIES:
            times = []
            for _ in range(4):
                begun = time.process_time()
                retriever.search(query)
                times.append(1000 * (time.process_time() - begun))
            print(f"{times[0]:7.0f} {min(times):7.0f} ms  search: {query}")
        asked = paths(memory)
    app = application(db, limits=limits)
    for thread in threading.enumerate():
        if thread.name == "vectors":
            thread.join()  # what it computes would count for the first pages
    asyncio.run(measure(app, asked))
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB at most")


if __name__ == "__main__":
    main()
