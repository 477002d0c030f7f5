"""Questions over a corpus that was made for them: one to three facts lie between them and
the answer, each told in another document."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from .answers import exact
from .corpus import RELATIONS, Corpus, draw_corpus
from .task import Generated, Problem, Task, make_item

HOPS = (1, 2, 3)
TOOLS = ("search", "read")
PER_CORPUS = 32
"""Questions asked of one corpus before the next is drawn."""


def retrieval_tasks() -> list[Task]:
    return [retrieval_task(hops) for hops in HOPS]


def retrieval_task(hops: int) -> Task:
    """Questions whose answer is `hops` facts away."""
    name = f"retrieval_{hops}"

    def draw(rng: Random) -> Iterator[Problem]:
        while True:
            corpus = draw_corpus(rng)
            payload = {"documents": dict(corpus.documents)}
            for _ in range(PER_CORPUS):
                phrase, answer = _chain(rng, corpus, hops)
                question = f"Name {phrase}. Reply with the name or the year alone."
                yield Problem(make_item(name, question, TOOLS, payload), answer)

    return Generated(name, draw, lambda problem, reply: exact(problem.answer, reply))


def _chain(rng: Random, corpus: Corpus, hops: int) -> tuple[str, str]:
    """What the question asks for in words, and its answer: no entity comes twice on the way."""
    while True:
        kind = rng.choice(sorted(corpus.entities))
        entity = phrase = rng.choice(corpus.entities[kind])
        path = [entity]
        for _ in range(hops):
            ways = [name for name, relation in RELATIONS.items() if relation.subject == kind]
            if not ways:
                break
            name = rng.choice(ways)
            entity = corpus.values[entity, name]
            kind, phrase = RELATIONS[name].value, RELATIONS[name].phrase.format(x=phrase)
            path.append(entity)
        if len(set(path)) == hops + 1:
            return phrase, entity
