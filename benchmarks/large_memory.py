"""A memory as large as years of campaigns make it, written in bulk by SQL.

    python benchmarks/large_memory.py /tmp/large.db

makes 1,000 campaigns with 100,000 candidates and 1,000,000 evaluations with curves: designs
drawn from the grammar of linear-attention, each a child of an earlier one of its campaign,
beside three references that all campaigns share.
`benchmarks/pages.py FILE` then measures what people wait for.
"""

from __future__ import annotations

import argparse
import json
import math
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from discover.memory import knowledge_files, open_memory
from discover.memory.encoding import pack, to_json
from discover.space.linear_attention import references, space

DOMAIN = "linear-attention"
DESIGNS = 600
"""Programs that are really drawn and rendered; the others repeat them under other ids."""
SHARED = 3
"""References, each of which every campaign has run."""
CURVES = 64
WORDS = (
    "gated", "delta", "rule", "decay", "convolution", "short", "recall", "memory", "state",
    "update", "feature", "map", "normaliser", "read", "out", "write", "erase", "head", "mixer",
    "kernel", "rotation", "chunk", "scan", "residual", "branch", "window", "channel", "bounded",
)  # fmt: skip


@dataclass(frozen=True)
class Size:
    campaigns: int = 1_000
    candidates: int = 100_000
    evaluations: int = 1_000_000

    @property
    def per_campaign(self) -> int:
        return self.candidates // self.campaigns


def build(path: Path, size: Size, rng: Random) -> None:
    """Write the memory into a new file."""
    with open_memory(path) as memory:
        knowledge_files.stock(memory)
        connection = memory.connection
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -400000")
        with memory.transaction():
            _campaigns(connection, size)
            _candidates(connection, size, rng)
            _proposals(connection, size, rng)
            _runs(connection, size, rng)
            connection.execute(_STANDINGS)
            _talk(connection, size, rng)
        connection.execute("ANALYZE")


def _campaigns(connection: sqlite3.Connection, size: Size) -> None:
    connection.executemany(
        "INSERT INTO campaigns (id, domain, domain_spec, objective, direction, seed, budget,"
        " config, status, created, heartbeat, wall_s)"
        " VALUES (?, ?, ?, 'score', 'max', ?, '1h', '{}', 'done', ?, ?, 3600)",
        ((f"{n:012x}", DOMAIN, DOMAIN, n, 1.7e9 + n * 4000, 1.7e9 + n * 4000 + 3600)
         for n in range(1, size.campaigns + 1)),
    )  # fmt: skip


def _candidates(connection: sqlite3.Connection, size: Size, rng: Random) -> None:
    named = [(name, b) for name, b in references().items()]
    drawn = named + [("", space().sample(rng)) for _ in range(DESIGNS)]
    made = [(name, space().render(b), to_json(b.to_dict())) for name, b in drawn]

    def rows() -> Iterator[tuple[object, ...]]:
        for n in range(size.candidates):
            name, source, blueprint = made[n] if n < len(made) else ("", *rng.choice(made)[1:])
            id_ = f"{rng.getrandbits(64):016x}"
            yield n + 1, id_, name, f"{source}\nTAG = {n}\n", blueprint, 1.7e9 + 40 * n

    connection.executemany("INSERT INTO candidates VALUES (?, ?, ?, ?, ?, ?)", rows())


def _proposals(connection: sqlite3.Connection, size: Size, rng: Random) -> None:
    ids = [row[0] for row in connection.execute("SELECT id FROM candidates ORDER BY number")]
    cites = [row[0] for row in connection.execute("SELECT id FROM knowledge")]
    levels = ("framework", "structure", "node")

    def idea(n: int) -> str:
        cited = f"\nCites: k{rng.choice(cites)}" if n % 7 == 0 else ""
        return " ".join(rng.choices(WORDS, k=14)) + cited

    def rows() -> Iterator[tuple[object, ...]]:
        for campaign in range(size.campaigns):
            own = ids[SHARED:][campaign * size.per_campaign : (campaign + 1) * size.per_campaign]
            for place, id_ in enumerate([*ids[:SHARED], *own]):
                author = "reference" if place < SHARED else "grammar"
                at = 1.7e9 + 4000 * campaign + 38 * place
                yield (f"{campaign + 1:012x}", id_, rng.choice(levels), "mutate", idea(place),
                       author, place, at)  # fmt: skip

    connection.executemany(
        "INSERT INTO proposals (campaign, candidate, level, operator, idea, author, decision,"
        " created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        rows(),
    )
    connection.execute(_PARENTS)


_PARENTS = """
    INSERT INTO parents
    SELECT p.id, 0, q.candidate FROM proposals p JOIN proposals q
        ON q.id = p.id - 1 - (p.id * 7919 % min(p.decision, 12))
    WHERE p.author <> 'reference'
"""


def _runs(connection: sqlite3.Connection, size: Size, rng: Random) -> None:
    """Evaluations in the order of ending, with what belongs to each."""
    each = size.evaluations // size.candidates
    connection.execute("CREATE TEMP TABLE nth (n INTEGER PRIMARY KEY)")
    connection.executemany("INSERT INTO nth VALUES (?)", ((n,) for n in range(each)))
    connection.execute(_EVALUATIONS)
    connection.execute(_METRICS)
    connection.execute("CREATE TEMP TABLE drawn (n INTEGER PRIMARY KEY, dtype TEXT, data BLOB)")
    curves = [[math.exp(-step / 20) + rng.random() / 10 for step in range(100)]
              for _ in range(CURVES)]  # fmt: skip
    rounded = [pack([float(f"{v:.2f}") for v in curve]) for curve in curves]
    connection.executemany(
        "INSERT INTO drawn VALUES (?, ?, ?)", ((n, *curve) for n, curve in enumerate(rounded))
    )
    connection.execute(
        "INSERT INTO curves SELECT e.id, 'loss', d.dtype, d.data FROM evaluations e"
        f" JOIN drawn d ON d.n = e.id % {CURVES}"
    )
    for unit, amount in (("evaluations", "1"), ("device_s", "device_s"), ("cpu_s", "cpu_s")):
        connection.execute(
            "INSERT INTO ledger (campaign, unit, amount, evaluation)"
            f" SELECT campaign, '{unit}', {amount}, id FROM evaluations"
        )


_EVALUATIONS = """
    INSERT INTO evaluations (campaign, candidate, tier, seed, purpose, status, reason, score,
        wall_s, cpu_s, device_s, charged, device, isolation, attempt, started, finished)
    SELECT p.campaign, p.candidate, CASE WHEN n < 7 THEN 'quick' ELSE 'standard' END, n,
        CASE WHEN p.author = 'reference' THEN 'reference' ELSE 'search' END,
        CASE WHEN p.candidate < '1' THEN 'failed' ELSE 'ok' END,
        CASE WHEN p.candidate < '1' THEN 'the loss is not finite, step ' || (p.id % 9) ELSE '' END,
        CASE WHEN p.candidate < '1' THEN NULL
             ELSE 0.4 + (p.id % 1009) / 3000.0 + (p.id * 31 + n * 17) % 101 / 2000.0 END,
        20, 20, 20, 1, 'cpu', 'S3', 1, p.created, p.created + n
    FROM proposals p CROSS JOIN nth ORDER BY p.id, n
"""
_METRICS = """
    INSERT INTO metrics
    SELECT e.id, name, CASE name WHEN 'score' THEN e.score WHEN 'parameters'
        THEN 100000 + e.id % 977 ELSE (e.id * 13 % 997) / 997.0 END
    FROM evaluations e CROSS JOIN (SELECT 'score' AS name UNION ALL SELECT 'loss'
        UNION ALL SELECT 'recall' UNION ALL SELECT 'parameters')
    WHERE e.status = 'ok' ORDER BY e.id, name
"""
_STANDINGS = """
    INSERT INTO standings (domain, definition, tier, objective, candidate, median, low, high,
        seeds, runs)
    SELECT c.domain, c.definition, e.tier, c.objective, e.candidate,
        avg(CASE WHEN place IN ((many + 1) / 2, (many + 2) / 2) THEN e.score END),
        min(e.score), max(e.score), count(DISTINCT e.seed), count(*)
    FROM (SELECT *, row_number() OVER (PARTITION BY candidate, tier ORDER BY score) AS place,
                 count(*) OVER (PARTITION BY candidate, tier) AS many
          FROM evaluations WHERE score IS NOT NULL) e
    JOIN campaigns c ON c.id = e.campaign
    GROUP BY e.candidate, e.tier
"""


def _talk(connection: sqlite3.Connection, size: Size, rng: Random) -> None:
    """Insights, predictions, model calls and claims, as agents would have left them."""
    connection.executemany(
        "INSERT INTO insights (campaign, candidate, kind, text, author, created)"
        " SELECT campaign, candidate, 'lesson', ?, 'critic', created FROM proposals WHERE id = ?",
        ((" ".join(rng.choices(WORDS, k=30)), n) for n in range(1, size.candidates, 5)),
    )
    connection.execute(
        "INSERT INTO predictions (campaign, candidate, tier, model, mean, spread, created)"
        " SELECT campaign, candidate, 'quick', 'ensemble', 0.6, 0.05, created FROM proposals"
    )
    request = json.dumps({"messages": ["word " * 300]})
    connection.execute(
        "INSERT INTO llm_calls (campaign, role, model, key, request, reply, error, prompt_tokens,"
        " completion_tokens, usd, wall_s, created)"
        " SELECT campaign, 'coder', 'a/model', hex(id), ?, '\"yes\"', '', 400, 20, 0.001, 2,"
        " created FROM proposals WHERE id % 3 = 0",
        (request,),
    )
    for unit, amount in (("tokens", "420"), ("usd", "usd")):
        connection.execute(
            "INSERT INTO ledger (campaign, unit, amount, call)"
            f" SELECT campaign, '{unit}', {amount}, id FROM llm_calls"
        )
    connection.execute(
        "INSERT INTO claims (campaign, candidate, reference, tier, seeds, difference, low, high,"
        " confidence, looks, statement, holds, created)"
        " SELECT campaign, candidate, 'softmax-attention', 'standard', '[1,2,3,4,5]', 0.02, 0.01,"
        " 0.03, 0.95, 2, 'better than softmax-attention by 0.02', id % 2, created"
        " FROM proposals WHERE id % 100 = 50"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("db", type=Path, help="a new file")
    parser.add_argument("--campaigns", type=int, default=Size.campaigns)
    parser.add_argument("--candidates", type=int, default=Size.candidates)
    parser.add_argument("--evaluations", type=int, default=Size.evaluations)
    options = parser.parse_args()
    begun = time.process_time()
    build(options.db, Size(options.campaigns, options.candidates, options.evaluations), Random(0))
    print(f"made in {time.process_time() - begun:.0f} CPU-seconds;"
          f" {options.db.stat().st_size / 1e6:,.0f} MB")  # fmt: skip


if __name__ == "__main__":
    main()
