"""Proxy tasks: what a mixer is trained on, and the held-out rows that it is scored on.

Every task yields rows of tokens with a target (or -1) at each position. A row belongs to
the training or to the held-out split by a hash of its own tokens, so that no row can be
in both whatever the seeds; the byte text is split by document instead (see corpus.py).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from . import corpus

Tokens = NDArray[np.int16]
Rows = tuple[Tokens, Tokens]
"""Inputs and targets, both (rows, time); a target of -1 is not scored."""

Split = Literal["train", "held-out"]

UNSCORED = -1
HELD_OUT_SHARE = 8
"""One row in this many is held out."""

FLOOR_DRAWS = 8


@dataclass(frozen=True)
class Task:
    """A generator of rows with the shape of one training run.

    `draw` returns rows of either split; `by_hash` says that they still have to be
    assigned to one. `floor` gives the loss in nats that no causal predictor beats in
    expectation on given held-out rows; None where nobody knows it.
    """

    name: str
    vocab: int
    length: int
    batch: int
    draw: Callable[[np.random.Generator, int, Split], Rows]
    floor: Callable[[Rows], float] | None = None
    by_hash: bool = True
    held_out_rows: int = 96

    def training(self, seed: int, steps: int) -> Rows:
        """Inputs and targets of one run, each (steps, batch, time)."""
        inputs, targets = self._rows(seed, steps * self.batch, "train")
        shape = (steps, self.batch, self.length)
        return inputs.reshape(shape), targets.reshape(shape)

    def held_out(self, seed: int, secret: int = 0) -> Rows:
        """The rows that score a run, each (held_out_rows, time), none twice.

        Nobody who does not know `secret` can draw them again.
        """
        return self._rows(seed, self.held_out_rows, "held-out", secret)

    @functools.cache  # noqa: B019  tasks are few, and live as long as the process
    def expected_floor(self) -> float | None:
        """The floor's mean over a few held-out draws; None where nobody knows it."""
        if self.floor is None:
            return None
        return float(np.mean([self.floor(self.held_out(seed)) for seed in range(FLOOR_DRAWS)]))

    @functools.cache  # noqa: B019
    def sample(self) -> bytes:
        """A few rows of both splits: another generator would give others."""
        return self.training(0, 1)[0].tobytes() + self.held_out(0)[1].tobytes()

    def _rows(self, seed: int, count: int, split: Split, secret: int = 0) -> Rows:
        salt = sum(ord(c) << (i % 24) for i, c in enumerate(self.name))
        hidden = [secret] if secret else []
        rng = np.random.default_rng([seed, salt, split == "train", *hidden])
        if not self.by_hash:
            return self.draw(rng, count, split)
        inputs = np.empty((0, self.length), np.int16)
        targets = inputs
        while len(inputs) < count:
            new_inputs, new_targets = self.draw(rng, 2 * count, split)
            held_out = row_hash(new_inputs) % HELD_OUT_SHARE == 0
            keep = held_out == (split == "held-out")
            inputs = np.concatenate([inputs, new_inputs[keep]])
            targets = np.concatenate([targets, new_targets[keep]])
            if split == "held-out":
                _, first = np.unique(inputs, axis=0, return_index=True)
                inputs, targets = inputs[np.sort(first)], targets[np.sort(first)]
        return inputs[:count], targets[:count]


def row_hash(rows: Tokens) -> NDArray[np.uint64]:
    """A well-mixed 32-bit hash of each row (FNV-1a over tokens, then a finaliser)."""
    state = np.full(len(rows), 0xCBF29CE484222325, np.uint64)
    for column in rows.T:
        state = (state ^ column.astype(np.uint64)) * np.uint64(0x100000001B3)
    state ^= state >> np.uint64(29)
    return (state * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)


def recall(name: str, symbols: int, length: int, batch: int) -> Task:
    """In-context recall: pairs of key and value, a value fixed per key and row.

    Scored at keys that were seen before, where the value is certain: the floor is 0.
    """
    half = symbols // 2

    def draw(rng: np.random.Generator, count: int, _: Split) -> Rows:
        keys = rng.integers(0, half, (count, length // 2))
        table = rng.integers(0, half, (count, half))
        values = np.take_along_axis(table, keys, axis=1)
        inputs = np.stack([keys, values + half], axis=2).reshape(count, length)
        targets = np.full((count, length), UNSCORED)
        targets[:, ::2] = np.where(_seen_before(keys, half), values + half, UNSCORED)
        return inputs.astype(np.int16), targets.astype(np.int16)

    return Task(name, symbols, length, batch, draw, floor=lambda rows: 0.0)


def _seen_before(keys: NDArray[np.int64], kinds: int) -> NDArray[np.bool_]:
    one_hot = np.eye(kinds, dtype=np.int64)[keys]
    earlier = one_hot.cumsum(axis=1) - one_hot
    return np.take_along_axis(earlier, keys[..., None], axis=2)[..., 0] > 0


CONCENTRATION = 0.3
"""Of the Dirichlet that each row of a Markov chain's transition matrix is drawn from."""


def markov(name: str, symbols: int, length: int, batch: int) -> Task:
    """In-context bigrams: each row is a Markov chain of its own, to be learnt from the row."""

    def draw(rng: np.random.Generator, count: int, _: Split) -> Rows:
        chains = rng.dirichlet(np.full(symbols, CONCENTRATION), (count, symbols))
        thresholds = chains.cumsum(axis=2)
        rows = np.empty((count, length + 1), np.int64)
        rows[:, 0] = rng.integers(0, symbols, count)
        everyone = np.arange(count)
        for t in range(length):
            draws = rng.random(count)[:, None]
            rows[:, t + 1] = (draws > thresholds[everyone, rows[:, t], :-1]).sum(axis=1)
        return rows[:, :-1].astype(np.int16), rows[:, 1:].astype(np.int16)

    return Task(name, symbols, length, batch, draw, floor=lambda rows: markov_floor(rows, symbols))


def markov_floor(rows: Rows, symbols: int) -> float:
    """Mean loss in nats of the Bayes-optimal predictor, which knows the prior.

    The predictive of a Dirichlet-multinomial: (count + a) / (total + a * symbols).
    """
    inputs, targets = rows
    everyone = np.arange(len(inputs))
    counts = np.full((len(inputs), symbols, symbols), CONCENTRATION)
    loss = 0.0
    for t in range(inputs.shape[1]):
        state, following = inputs[:, t], targets[:, t]
        seen = counts[everyone, state]
        loss -= np.log(seen[everyone, following] / seen.sum(axis=1)).sum()
        counts[everyone, state, following] += 1
    return float(loss / inputs.size)


def byte_text(name: str, length: int, batch: int) -> Task:
    """Next-byte prediction on the text of corpus.py. Held-out windows do not overlap."""

    def draw(rng: np.random.Generator, count: int, split: Split) -> Rows:
        text = corpus.load().train if split == "train" else corpus.load().held_out
        if split == "train":
            starts = rng.integers(0, len(text) - length - 1, count)
        else:
            starts = rng.permutation((len(text) - 1) // length)[:count] * length
        windows = text[starts[:, None] + np.arange(length + 1)]
        return windows[:, :-1].astype(np.int16), windows[:, 1:].astype(np.int16)

    return Task(name, corpus.VOCAB, length, batch, draw, by_hash=False)


def parity(name: str, length: int, batch: int) -> Task:
    """State tracking: the parity of the bits so far, scored in the second half."""

    def draw(rng: np.random.Generator, count: int, split: Split) -> Rows:
        bits = rng.integers(0, 2, (count, length))
        return bits.astype(np.int16), _late_only(bits.cumsum(axis=1) % 2, split)

    return Task(name, 2, length, batch, draw, held_out_rows=192)


S3 = np.array([[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
"""The six permutations of three things."""


def word_problem(name: str, length: int, batch: int) -> Task:
    """State tracking: the product so far of elements of S3, scored in the second half.

    S3 is not commutative, so no diagonal linear recurrence tracks it (Merrill, Petty and
    Sabharwal, The Illusion of State in State-Space Models, 2024).
    """
    index = {tuple(p): i for i, p in enumerate(S3.tolist())}
    product = np.array([[index[tuple(a[b])] for b in S3] for a in S3])

    def draw(rng: np.random.Generator, count: int, split: Split) -> Rows:
        factors = rng.integers(0, 6, (count, length))
        states = np.empty_like(factors)
        states[:, 0] = factors[:, 0]
        for t in range(1, length):
            states[:, t] = product[factors[:, t], states[:, t - 1]]
        return factors.astype(np.int16), _late_only(states, split)

    return Task(name, 6, length, batch, draw, held_out_rows=192)


def _late_only(targets: NDArray[np.int64], split: Split) -> Tokens:
    targets = targets.copy()
    if split == "held-out":
        targets[:, : targets.shape[1] // 2] = UNSCORED
    return targets.astype(np.int16)


def selective_copy(name: str, symbols: int, length: int, batch: int, copied: int = 8) -> Task:
    """Repeat, in order, the tokens that stood among blanks (Gu and Dao, Mamba, 2023)."""
    blank, go = symbols, symbols + 1

    def draw(rng: np.random.Generator, count: int, _: Split) -> Rows:
        context = length - copied
        places = np.sort(rng.random((count, context)).argsort(axis=1)[:, :copied], axis=1)
        values = rng.integers(0, symbols, (count, copied))
        inputs = np.full((count, length), blank)
        np.put_along_axis(inputs, places, values, axis=1)
        inputs[:, context:] = go
        targets = np.full((count, length), UNSCORED)
        targets[:, context:] = values
        return inputs.astype(np.int16), targets.astype(np.int16)

    return Task(name, symbols + 2, length, batch, draw, floor=lambda rows: 0.0)
