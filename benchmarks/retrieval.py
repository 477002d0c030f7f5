"""Does natural language find architectures? Recall@5 on labelled queries.

    python benchmarks/retrieval.py

The memory holds every reference of linear-attention and ten variants of each, made by random
edits of the grammar. A query names a design in a person's words; its answers are the
references (and, for queries about a part, every candidate whose blueprint has that part).
Recall@5 is the share of queries for which the reference is among the first five; beside it
stands the share for which the reference or a variant of it is, as a person may accept either.
For a part it is the share of the first five that have it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from statistics import fmean, median

from discover.memory import (
    Memory,
    campaigns,
    candidates,
    knowledge,
    knowledge_files,
    open_memory,
    text_search,
)
from discover.memory.campaigns import NewCampaign
from discover.memory.retrieval import Retriever
from discover.space import Blueprint, Candidate, Level
from discover.space.linear_attention import space
from discover.space.linear_attention.references import references

VARIANTS = 10

DESIGNS = {
    "softmax-attention": (
        "full quadratic softmax attention with rotary positions",
        "ordinary attention of the transformer",
        "exact attention over all earlier tokens",
        "rope softmax attention",
    ),
    "sliding-window": (
        "attention limited to a local window",
        "sliding window attention over the last few tokens",
        "local attention of width 16",
        "window attention with rotary embedding",
    ),
    "short-convolution": (
        "nothing but a short causal convolution",
        "depthwise convolution of kernel four alone",
        "short convolution baseline without any recurrence",
    ),
    "hyena": (
        "long convolution with implicit filters and gates",
        "hyena operator",
        "attention-free mixing by long convolutions",
    ),
    "identity": ("does not mix tokens at all", "identity mixer as a floor"),
    "linear-attention": (
        "linear attention with elu feature map and normaliser",
        "kernel feature map elu plus one, divided by the sum of keys",
        "transformers are rnns",
        "normalised linear attention without decay",
    ),
    "retnet": (
        "retention with a fixed exponential decay per head and rotary",
        "fixed decay not depending on the data",
        "retnet",
        "heads with constant decay rates and group norm",
    ),
    "gla": (
        "gated linear attention with per-channel sigmoid decay",
        "channel-wise data-dependent gate from a low-rank projection",
        "gla with temperature sixteen",
        "additive memory with a sigmoid decay for each channel",
    ),
    "mamba2": (
        "state space duality with scalar step-size decay",
        "mamba 2 selective state space",
        "additive update, decay by step size, values scaled, skip connection",
        "ssm with shared convolution and skip from the value",
    ),
    "deltanet": (
        "delta rule without any decay",
        "fast weight programmer that overwrites old values",
        "delta update with unit norm keys and no forgetting",
        "deltanet with short convolution",
    ),
    "gated-deltanet": (
        "gated delta rule with a short convolution, causal",
        "delta rule combined with a scalar step decay",
        "gated deltanet",
        "delta update that also decays the whole state per head",
    ),
    "kda": (
        "delta rule with per-channel step decay",
        "kimi delta attention",
        "fine-grained channel decay in the delta rule and sigmoid output gate",
        "kda",
    ),
    "rwkv7": (
        "rwkv 7 with low-rank state transition",
        "low rank update with bounded channel decay",
        "diagonal plus low-rank transition, per-channel bounded decay",
        "rwkv seven goose",
    ),
}
PARTS = {
    "low_rank": ("low-rank transition", "diagonal plus low rank update"),
    "long_convolution": ("uses a long convolution", "long filter convolution somewhere"),
    "token_shift": ("token shift of the inputs", "shift tokens by one before projecting"),
    "parallel": ("two branches in parallel", "parallel branches that are merged"),
    "alternating": ("hybrid that alternates layers", "alternating mixers over depth"),
    "fixed_decay": ("fixed decay", "constant decay for each head"),
    "sliding_window": ("with a sliding window branch", "window attention inside"),
    "serial": ("one mixer after the other", "serial composition of mixers"),
    "channel_step_decay": ("channel step decay", "step-size decay for each channel"),
    "short_convolution": ("short convolution", "small causal convolution"),
}

Search = Callable[[str], list[str]]


def fill(
    memory: Memory, rng: Random
) -> tuple[dict[str, str], dict[str, Blueprint], dict[str, str]]:
    """Write the memory; the references' ids, and each candidate's blueprint and reference."""
    grammar, names, blueprints, family = space(), {}, {}, {}
    for entry in knowledge_files.shipped("linear-attention"):
        knowledge.add(memory, entry)
    campaign = campaigns.create(
        memory, NewCampaign("linear-attention", "linear-attention", "score", "max", 0, "1h")
    ).id
    for name, blueprint in references().items():
        candidate = Candidate.from_source(grammar.render(blueprint), blueprint=blueprint, name=name)
        names[name] = candidate.id
        blueprints[candidate.id] = blueprint
        family[candidate.id] = candidate.id
        candidates.propose(memory, campaign, candidate, author="reference")
    for id_, blueprint in list(blueprints.items()):
        for _ in range(VARIANTS):
            edits = list(grammar.edits(blueprint, rng.choice(list(Level)), rng))
            if not edits:
                continue
            edit = rng.choice(edits)
            changed = grammar.apply(blueprint, edit)
            variant = Candidate.from_source(
                grammar.render(changed), blueprint=changed, parents=(id_,), level=edit.level,
                operator="mutate", idea=edit.label,
            )  # fmt: skip
            if variant.id not in blueprints:
                blueprints[variant.id] = changed
                family[variant.id] = id_
                candidates.propose(memory, campaign, variant, author="grammar")
    return names, blueprints, family


def has(blueprint: Blueprint, part: str) -> bool:
    return blueprint.production == part or any(has(child, part) for child in blueprint.children)


def measure(
    search: Search, names: dict[str, str], blueprints: dict[str, Blueprint], family: dict[str, str]
) -> None:
    times, designs, families, parts = [], [], [], []

    def ask(query: str) -> list[str]:
        begun = time.process_time()
        found = search(query)[:5]
        times.append(time.process_time() - begun)
        return found

    for name, queries in DESIGNS.items():
        # A reference that merely adds a convolution answers as well.
        right = {names[name], names.get(f"{name}+conv", names[name])}
        for query in queries:
            found = set(ask(query))
            designs.append(bool(right & found))
            families.append(bool(right & {family[id_] for id_ in found}))
    for part, queries in PARTS.items():
        possible = min(5, sum(has(b, part) for b in blueprints.values()))
        for query in queries:
            hits = sum(has(blueprints[id_], part) for id_ in ask(query))
            parts.append(hits / possible if possible else 1.0)
    print(
        f"  recall@5 of designs {fmean(designs):.2f} ({len(designs)} queries;"
        f" {fmean(families):.2f} where a variant of the reference counts too),"
        f" of parts {fmean(parts):.2f} ({len(parts)}),"
        f" together {fmean([*designs, *parts]):.2f} ({len(designs) + len(parts)});"
        f" {1000 * median(times):.1f} CPU ms a query"
    )


def words_only(memory: Memory, kinds: Sequence[str]) -> Search:
    def search(query: str) -> list[str]:
        hits = text_search.search(memory, query, kinds=kinds, limit=5)
        return [hit.id for ranking in hits.values() for hit in ranking]

    return search


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        open_memory(Path(folder) / "retrieval.db") as memory,
    ):
        names, blueprints, family = fill(memory, Random(options.seed))
        print(f"{len(blueprints)} candidates, {len(names)} of them references")
        print("full text over code alone")
        measure(words_only(memory, ["code"]), names, blueprints, family)
        retriever = Retriever(memory)
        for diversity in (0.0, 0.3):
            print(f"words and vectors fused, diversity {diversity}")

            def search(query: str, diversity: float = diversity) -> list[str]:
                hits = retriever.search(query, kinds=("candidate",), limit=5, diversity=diversity)
                return [hit.id for hit in hits]

            measure(search, names, blueprints, family)


if __name__ == "__main__":
    main()
