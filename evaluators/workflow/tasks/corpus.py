"""A small made-up country told in documents: who was born where, who wrote what, and so on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from .names import distinct, people, titles, word, words


@dataclass(frozen=True)
class Relation:
    """A function from entities of one kind to those of another, or to years.

    `phrase` names the value of {x} in a question; `told` states that it is {y} in the
    document on {x}, `told_there` in the one on {y}.
    """

    subject: str
    value: str
    phrase: str
    told: Sequence[str]
    told_there: Sequence[str] = ()


RELATIONS: Mapping[str, Relation] = {
    "birthplace": Relation(
        "person",
        "town",
        "the town where {x} was born",
        ("{x} was born in {y}.", "{x} came from {y}.", "The family home of {x}'s birth is in {y}."),
        ("It is the native town of {x}.", "The town honours {x}, who was born here."),
    ),
    "birth_year": Relation(
        "person",
        "year",
        "the year in which {x} was born",
        ("The year of birth is given as {y}.", "{x}'s birth is recorded in {y}."),
    ),
    "teacher": Relation(
        "person",
        "person",
        "the teacher of {x}",
        ("{x} was a pupil of {y}.", "{x} learnt the trade from {y}."),
        ("The best known pupil was {x}.", "{x} was taught here at home."),
    ),
    "employer": Relation(
        "person",
        "institute",
        "the institute that employed {x}",
        ("{x} worked for {y}.", "{y} employed {x} for many years."),
        ("On its staff was {x}.",),
    ),
    "author": Relation(
        "work",
        "person",
        "the author of {x}",
        ("{x} was written by {y}.", "{y} wrote {x} in one winter."),
        ("The book {x} made the author's name.", "Late fame came with the novel {x}."),
    ),
    "published": Relation(
        "work",
        "year",
        "the year in which {x} was published",
        ("It appeared in {y}.", "The first edition is dated {y}."),
    ),
    "keeper": Relation(
        "work",
        "institute",
        "the institute that keeps the manuscript of {x}",
        ("The manuscript lies in {y}.", "{y} keeps the manuscript."),
        ("Its treasure is the manuscript of {x}.",),
    ),
    "seat": Relation(
        "institute",
        "town",
        "the town where {x} has its seat",
        ("{x} has its seat in {y}.", "The building stands in {y}."),
        ("Here stands the building of {x}.",),
    ),
    "founder": Relation(
        "institute",
        "person",
        "the founder of {x}",
        ("{x} was founded by {y}.", "{y} gave the money to found {x}."),
        ("{y} is remembered for founding {x}.",),
    ),
    "founded": Relation(
        "institute",
        "year",
        "the year in which {x} was founded",
        ("It was founded in {y}.", "Its charter is of {y}."),
    ),
    "region": Relation(
        "town",
        "region",
        "the region in which {x} lies",
        ("{x} lies in {y}.", "{x} is a town of {y}."),
        ("One of its towns is {x}.",),
    ),
    "mayor": Relation(
        "town",
        "person",
        "the mayor of {x}",
        ("The mayor is {y}.", "{y} was elected mayor of {x}."),
        ("The voters of {x} made {y} their mayor.",),
    ),
    "capital": Relation(
        "region",
        "town",
        "the capital of {x}",
        ("Its capital is {y}.", "{x} is governed from {y}."),
        ("It is the capital of {x}.",),
    ),
}

LURES = (
    "Some name {other} here, wrongly.",
    "{other} is often mentioned in the same breath.",
    "A letter to {other} survives.",
    "Until lately {other} was thought to have a part in it.",
    "Visitors often ask about {other}.",
)
SIZES = {"person": 18, "town": 9, "region": 4, "work": 12, "institute": 7}
TOLD_THERE_SHARE = 0.35
YEARS = (1700, 1980)


@dataclass(frozen=True)
class Corpus:
    """`values` by entity and relation; `documents` by title, which is an entity's name."""

    entities: Mapping[str, Sequence[str]]
    values: Mapping[tuple[str, str], str]
    documents: Mapping[str, str]


def draw_corpus(rng: Random) -> Corpus:
    entities = _entities(rng)
    values = {
        (entity, name): _value(rng, entities, entity, relation)
        for name, relation in RELATIONS.items()
        for entity in entities[relation.subject]
    }
    return Corpus(entities, values, _documents(rng, entities, values))


def _entities(rng: Random) -> Mapping[str, Sequence[str]]:
    taken: set[str] = set()
    families = [word(rng) for _ in range(7)]
    streams = {
        "person": people(rng, families),
        "town": words(rng),
        "region": words(rng, "{} Province", 3),
        "work": titles(rng),
        "institute": words(rng, "the {} Institute"),
    }
    return {kind: distinct(streams[kind], count, taken) for kind, count in SIZES.items()}


def _value(
    rng: Random, entities: Mapping[str, Sequence[str]], entity: str, relation: Relation
) -> str:
    if relation.value == "year":
        return str(rng.randint(*YEARS))
    return rng.choice([other for other in entities[relation.value] if other != entity])


def _documents(
    rng: Random, entities: Mapping[str, Sequence[str]], values: Mapping[tuple[str, str], str]
) -> Mapping[str, str]:
    sentences: dict[str, list[str]] = defaultdict(list)
    for (entity, name), value in values.items():
        relation = RELATIONS[name]
        there = relation.told_there and rng.random() < TOLD_THERE_SHARE
        told = rng.choice(relation.told_there if there else relation.told)
        sentences[value if there else entity].append(told.format(x=entity, y=value))
    everyone = [entity for kind in entities.values() for entity in kind]
    for entity in everyone:
        other = rng.choice([other for other in everyone if other != entity])
        sentences[entity].append(rng.choice(LURES).format(other=other))
        rng.shuffle(sentences[entity])
    return {entity: " ".join(map(_capitalised, sentences[entity])) for entity in everyone}


def _capitalised(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
