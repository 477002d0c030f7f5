"""An in-process session: the same calls as a sandbox's, without a child."""

from __future__ import annotations

import importlib
import socket
import threading
import time
from contextlib import closing, contextmanager

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from discover.evaluators.linear_attention import scaling
from discover.evaluators.linear_attention.costs import ON_CPU
from discover.sandbox import ArraySpec, CandidateError, CandidateFailure, Usage
from discover.sandbox.link import Line, Link, PeerFailed


class FakeWorker:
    def __init__(self, harness, source, *line):
        module, _, name = harness.partition(":")
        self.ops = _blamed(getattr(importlib.import_module(module), name), source, *line)

    def call(self, op, /, *, returns=None, **arguments):
        answer = _blamed(self.ops[op], **arguments)
        for name, spec in (returns or {}).items():
            if isinstance(spec, ArraySpec):
                if isinstance(answer[name], list):
                    answer[name] = np.asarray(answer[name], spec.dtype)
                got = (str(answer[name].dtype), answer[name].shape)
                if got != (spec.dtype, spec.shape):
                    raise CandidateError(f"{name}: expected {spec}, got {got}")
                answer[name] = answer[name].copy()
            elif len(answer[name]) > spec.max_size:
                raise CandidateError(f"{name}: {len(answer[name])} bytes of {spec.max_size}")
        return answer


def _blamed(function, /, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except CandidateFailure:
        raise
    except PeerFailed as error:
        raise CandidateError(error.fields["message"], line=error.fields["line"]) from error
    except Exception as error:
        raise CandidateError(f"{type(error).__name__}: {error}") from error


class FakeSession:
    """Runs children in this process, one module of state each."""

    isolation = "S0"

    def __init__(self):
        self.opened = 0
        self.start = time.process_time()

    @property
    def usage(self):
        spent = time.process_time() - self.start
        return Usage(wall_s=spent, cpu_s=spent)

    @contextmanager
    def open(self, harness, source, *, limits=None):
        self.opened += 1
        yield self.worker(harness, source)

    @contextmanager
    def open_linked(self, trusted, harness, source, *, numbers, limits=None):
        """The candidate's end is served by a thread."""
        self.opened += 1
        with closing(Line(numbers)) as line:
            ours, theirs = line.ends
            served = FakeWorker(harness, source, Link(theirs, line.memory.fileno()))
            thread = threading.Thread(target=served.ops["serve"])
            thread.start()
            try:
                yield self.trusted(trusted, Link(ours, line.memory.fileno()))
            finally:
                ours.shutdown(socket.SHUT_RDWR)
                thread.join()

    def worker(self, harness, source):
        return FakeWorker(harness, source)

    def trusted(self, harness, link):
        return FakeWorker(harness, "", link)


class CountingSession(FakeSession):
    """Its clock counts floating-point operations, a second for each 10 million.

    So what the scaling gate measures is the same on every machine and at any load.
    """

    def __init__(self):
        super().__init__()
        self.operations = 0

    @property
    def usage(self):
        return Usage(cpu_s=self.operations / 1e7)

    def worker(self, harness, source):
        worker = FakeWorker(harness, source)
        run = worker.ops["mix"]

        def counted(**arguments):
            with FlopCounterMode(display=False, custom_mapping=ON_CPU) as counter:
                answer = run(**arguments)
            self.operations += counter.get_total_flops()
            return answer

        worker.ops["mix"] = counted
        return worker


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture
def session():
    return FakeSession()


@pytest.fixture
def counting_session(monkeypatch):
    monkeypatch.setattr(scaling, "SCALING_ROUNDS", 2)  # more of them are against noise alone
    return CountingSession()
