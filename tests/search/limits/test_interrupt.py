"""Ctrl-C once asks for a stop, twice stops now, and either way the exit code is ours."""

import signal
import subprocess
import sys

import pytest

from discover.search.limits.interrupt import StoppedNow, interruption

AT_ONCE = """
import sys
from discover.search.limits.interrupt import interruption
try:
    with interruption():
        exec("import signal as s; s.raise_signal(s.SIGINT); s.raise_signal(s.SIGINT)")
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_asks_and_a_second_raises(number):
    before = signal.getsignal(number)
    with pytest.raises(StoppedNow), interruption() as asked:
        assert asked(None) is None
        signal.raise_signal(number)
        assert asked(None) == "interrupted"
        signal.raise_signal(number)
    assert signal.getsignal(number) is before


def test_a_second_one_inside_exec_leaves_the_exit_code_alone(tmp_path):
    (tmp_path / "at_once.py").write_text(AT_ONCE)
    ended = subprocess.run(  # CPython looks at what passed through only where a module is run
        [sys.executable, "-m", "at_once"], cwd=tmp_path, capture_output=True, timeout=60
    )
    assert (ended.returncode, ended.stderr) == (130, b"")
