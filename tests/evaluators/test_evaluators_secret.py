"""Held-out data cannot be drawn again by who does not know this machine's secret."""

import subprocess
import sys

import numpy as np
import pytest

from discover.evaluators import secret
from discover.evaluators.linear_attention.tiers import EXAMS


@pytest.fixture
def state(tmp_path, monkeypatch):
    monkeypatch.delenv(secret.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    secret.machine_secret.cache_clear()
    yield tmp_path
    secret.machine_secret.cache_clear()


def test_the_secret_is_made_once_and_is_its_owners_alone(state):
    first = secret.machine_secret()
    secret.machine_secret.cache_clear()
    assert secret.machine_secret() == first > 2**64
    assert secret.path().is_relative_to(state)
    assert secret.path().stat().st_mode & 0o777 == 0o600


def test_of_two_that_make_it_at_once_both_have_the_same(state, monkeypatch):
    make, others = secret.secrets.token_hex, []

    def while_another_makes_one(size):
        if not others:
            others.append(None)
            others.append(secret.machine_secret.__wrapped__())
        return make(size)

    monkeypatch.setattr(secret.secrets, "token_hex", while_another_makes_one)
    assert secret.machine_secret() == others[-1]
    assert [file.name for file in secret.path().parent.iterdir()] == ["secret"]


def test_a_file_system_without_hard_links_has_a_secret_too(state, monkeypatch):
    def refused(source, target):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(secret.os, "link", refused)
    first = secret.machine_secret()
    secret.machine_secret.cache_clear()
    assert secret.machine_secret() == first
    assert [file.name for file in secret.path().parent.iterdir()] == ["secret"]


def test_bytes_that_are_no_text_are_no_secret(state):
    secret.path().parent.mkdir(parents=True)
    secret.path().write_bytes(b"\xff\xfe")
    with pytest.raises(secret.SecretError, match="hexadecimal"):
        secret.machine_secret()


def test_a_secret_that_is_none_is_refused_in_one_line(state, monkeypatch):
    monkeypatch.setenv(secret.VARIABLE, "not hexadecimal")
    with pytest.raises(secret.SecretError, match="hexadecimal"):
        secret.machine_secret()


@pytest.mark.parametrize("exam", EXAMS["quick"], ids=lambda exam: exam.name)
def test_another_secret_gives_other_rows(exam):
    ours, again, theirs = (exam.task.held_out(0, number)[0] for number in (1, 1, 2))
    assert np.array_equal(ours, again)
    assert not np.array_equal(ours, theirs)


def test_the_harness_brings_no_generator_into_the_child():
    code = (
        "import sys\n"
        "from discover.evaluators.linear_attention import harness, mixing, training\n"
        "ours = ('tasks', 'corpus', 'exam', 'domain', 'tiers')\n"
        "package = 'discover.evaluators.linear_attention.'\n"
        "found = [m for m in sys.modules if m.removeprefix(package) in ours]\n"
        "print(found + [m for m in sys.modules if m.startswith('pydoc_data')])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
