"""Names for what is made up: those of people and places mean nothing, and cannot be known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

ONSETS = ("b", "br", "d", "dr", "f", "g", "gl", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v")
VOWELS = ("a", "e", "i", "o", "u", "ai", "ea", "o")
CODAS = ("", "", "n", "r", "l", "s", "th", "nd", "sk")
ADJECTIVES = [
    "Amber",
    "Broken",
    "Crimson",
    "Distant",
    "Empty",
    "Frozen",
    "Gilded",
    "Hollow",
    "Ivory",
    "Silent",
    "Velvet",
]
NOUNS = [
    "Anvil",
    "Bridge",
    "Compass",
    "Garden",
    "Harvest",
    "Lantern",
    "Mirror",
    "Orchard",
    "River",
    "Staircase",
    "Tide",
]
GIVEN = [
    "Ada",
    "Bruno",
    "Clara",
    "Dario",
    "Elena",
    "Felix",
    "Greta",
    "Hugo",
    "Irene",
    "Jonas",
    "Klara",
    "Leon",
    "Mira",
    "Nils",
]

ROOMS = [
    "hall",
    "kitchen",
    "pantry",
    "study",
    "library",
    "bedroom",
    "attic",
    "cellar",
    "workshop",
    "garden",
    "chapel",
    "nursery",
]
BOXES = [
    "chest",
    "drawer",
    "cabinet",
    "wardrobe",
    "trunk",
    "crate",
    "cupboard",
    "basket",
    "safe",
    "locker",
]
TOPS = ["table", "shelf", "altar", "bench", "desk", "stool", "mantel", "sill"]
METALS = ["brass", "iron", "silver", "copper", "bronze"]
COLOURS = ["red", "blue", "green", "white", "black", "golden"]
OBJECTS = ["book", "cup", "coin", "candle", "spoon", "ring", "map", "bell"]


def word(rng: Random, syllables: int = 2) -> str:
    """A made-up name of so many syllables, capitalised."""
    parts = (rng.choice(ONSETS) + rng.choice(VOWELS) for _ in range(syllables))
    return ("".join(parts) + rng.choice(CODAS)).capitalize()


def distinct(names: Iterator[str], count: int, taken: set[str]) -> Sequence[str]:
    """The next `count` names that are not in `taken`, to which they are added."""
    found: list[str] = []
    while len(found) < count:
        name = next(names)
        if name not in taken:
            taken.add(name)
            found.append(name)
    return found


def words(rng: Random, pattern: str = "{}", syllables: int = 2) -> Iterator[str]:
    """Made-up names put into `pattern`, without end."""
    while True:
        yield pattern.format(word(rng, syllables))


def people(rng: Random, families: Sequence[str]) -> Iterator[str]:
    """Given names with family names: namesakes are common, so that a name must be read whole."""
    while True:
        yield f"{rng.choice(GIVEN)} {rng.choice(families)}"


def titles(rng: Random) -> Iterator[str]:
    while True:
        yield f"The {rng.choice(ADJECTIVES)} {rng.choice(NOUNS)}"
