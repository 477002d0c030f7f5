"""The data: disjoint splits, the same for the same seed, and labels that are right."""

import numpy as np
import pytest

from discover.evaluators.linear_attention import corpus
from discover.evaluators.linear_attention.tasks import S3, UNSCORED, recall
from discover.evaluators.linear_attention.tiers import COPY, EXAMS, ICR, LM, MARKOV, PARITY, WORDS

TASKS = {f"{tier}/{e.name}": e.task for tier, exams in EXAMS.items() for e in exams}


@pytest.mark.parametrize("name", TASKS)
def test_held_out_rows_are_never_trained_on(name):
    task = TASKS[name]
    held_out = {row.tobytes() for row in task.held_out(0)[0]}
    assert len(held_out) == task.held_out_rows
    for seed in (0, 1):
        trained = task.training(seed, 100)[0].reshape(-1, task.length)
        assert held_out.isdisjoint(row.tobytes() for row in trained)


@pytest.mark.parametrize("name", TASKS)
def test_rows_depend_on_the_seed_alone(name):
    task = TASKS[name]
    first, again, other = task.training(3, 2), task.training(3, 2), task.training(4, 2)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])
    assert first[0].shape == first[1].shape == (2, task.batch, task.length)
    assert first[0].dtype == np.int16
    assert first[0].min() >= 0 and max(first[0].max(), first[1].max()) < task.vocab


def test_no_paragraph_is_in_both_splits():
    shared = {"a": "one\n\nboth " * 3, "b": "two\n\nboth " * 3} | {
        str(i): f"{i}" for i in range(40)
    }
    text = corpus.split(shared)
    train, rest = (bytes(part).decode().split("\n\n") for part in (text.train, text.held_out))
    assert rest and set(train).isdisjoint(rest)


def test_corpus_is_large_enough_and_one_in_ten_held_out():
    text = corpus.load()
    share = len(text.held_out) / (len(text.held_out) + len(text.train))
    assert 0.08 < share <= 0.1
    assert len(text.held_out) > LM.held_out_rows * LM.length
    assert text.train.max() < corpus.VOCAB


def test_byte_targets_are_the_next_byte():
    inputs, targets = LM.held_out(0)
    assert np.array_equal(inputs[:, 1:], targets[:, :-1])


def test_recall_asks_for_the_value_that_followed_the_key():
    inputs, targets = recall("icr", 16, 64, 16).held_out(0)
    for row, wanted in zip(inputs, targets, strict=True):
        known = {}
        for key, value, target in zip(row[::2], row[1::2], wanted[::2], strict=True):
            assert target == known.get(key, UNSCORED)
            known[key] = value
        assert (wanted[1::2] == UNSCORED).all()


def test_parity_and_products_are_right():
    bits, parities = PARITY.training(0, 1)
    assert np.array_equal(np.bitwise_xor.accumulate(bits, axis=-1), parities)
    factors, products = WORDS.held_out(0)
    state = np.arange(3)
    for t, factor in enumerate(factors[0]):
        state = S3[factor][state]
        if products[0, t] != UNSCORED:
            assert np.array_equal(S3[products[0, t]], state)
    assert (products[:, : WORDS.length // 2] == UNSCORED).all()


def test_copy_repeats_what_stood_among_blanks():
    inputs, targets = COPY.held_out(0)
    for row, wanted in zip(inputs, targets, strict=True):
        assert np.array_equal(row[row < 8], wanted[wanted != UNSCORED])


def test_markov_floor_is_below_what_a_predictor_without_the_prior_reaches():
    rows = MARKOV.held_out(0)
    counts = np.ones((len(rows[0]), 8, 8))
    everyone, loss = np.arange(len(rows[0])), 0.0
    for t in range(MARKOV.length):
        seen = counts[everyone, rows[0][:, t]]
        loss -= np.log(seen[everyone, rows[1][:, t]] / seen.sum(axis=1)).mean()
        counts[everyone, rows[0][:, t], rows[1][:, t]] += 1
    laplace = loss / MARKOV.length
    assert MARKOV.floor(rows) < laplace - 0.02 < np.log(8)
    assert MARKOV.expected_floor() == pytest.approx(MARKOV.floor(rows), abs=0.1)
    assert ICR.expected_floor() == 0
    assert LM.expected_floor() is None
