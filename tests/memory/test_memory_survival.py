"""Survival: processes killed in the middle of writing, and several on one file."""

import itertools
import os
import random
import signal
import time

import pytest

from discover.memory import calls, campaigns, candidates, evaluations, events, ledger, standings
from discover.memory.calls import Call
from discover.memory.campaigns import NewCampaign
from discover.memory.check import check
from discover.memory.errors import CampaignBusy, DatabaseBusy
from discover.memory.evaluations import Run
from discover.memory.store import open_memory
from discover.space import Candidate, Evaluation, Status

NEW = NewCampaign("toy", "toy.py", "score", "max", 7, "30m")
KILLS = 10


@pytest.fixture
def path(tmp_path):
    return tmp_path / "discover.db"


def evaluation_of(candidate, seed):
    return Evaluation(
        candidate, "quick", seed, Status.OK, metrics={"score": seed / 7, "loss": 0.5},
        curves={"loss": [0.1] * 50}, cpu_s=0.25, device_s=0.5,
    )  # fmt: skip


def search(memory, campaign, numbers, acknowledge):
    """What a campaign writes, one candidate after the other."""
    for n in numbers:
        candidate = Candidate.from_source(f"x = {n}")
        candidates.propose(memory, campaign, candidate, author="a", decision=n)
        calls.record(memory, Call(campaign, "coder", "m", {"n": n}, "ok", prompt_tokens=10))
        evaluations.begin(memory, Run(campaign, candidate.id, "quick", n))
        evaluations.finish(memory, campaign, evaluation_of(candidate.id, n))
        events.append(memory, campaign, "evaluated", {"n": n})
        acknowledge(candidate.id)


def resume_and_search(path, campaign, acknowledge):
    with open_memory(path) as memory:
        campaigns.take_over(memory, campaign)
        for flight in evaluations.in_flight(memory, campaign):
            result = evaluation_of(flight.run.candidate, flight.run.seed)
            evaluations.finish(memory, campaign, result)
            acknowledge(flight.run.candidate)
        done = len(list(candidates.proposals(memory, campaign)))
        search(memory, campaign, itertools.count(done), acknowledge)


def in_a_child(function):
    """Fork; `function` gets a way to acknowledge ids. Returns the child's pid and pipe."""
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        return pid, read
    failed = 1
    try:
        os.close(read)
        function(lambda id_: os.write(write, f"{id_}\n".encode()))
        failed = 0
    finally:
        os._exit(failed)


def acknowledged_before(pid, read, kill_after_s):
    """The ids that the child acknowledged before it was killed."""
    with os.fdopen(read) as pipe:
        ids = [pipe.readline().strip()]  # it is up and writing
        time.sleep(kill_after_s)
        os.kill(pid, signal.SIGKILL)
        ids += pipe.read().split()
    _, status = os.waitpid(pid, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL, "it ended before it was killed"
    return ids


def test_killed_at_random_moments_nothing_is_lost_or_counted_twice(path):
    with open_memory(path) as memory:
        campaign = campaigns.create(memory, NEW).id
        memory.connection.execute("UPDATE campaigns SET pid = NULL")
    rng = random.Random(0)
    acknowledged = []
    for _ in range(KILLS):
        pid, read = in_a_child(lambda ack: resume_and_search(path, campaign, ack))
        acknowledged += acknowledged_before(pid, read, rng.uniform(0, 0.05))
        with open_memory(path) as memory:
            assert check(memory) == []
    with open_memory(path) as memory:
        stored = list(evaluations.of_campaign(memory, campaign))
        spent = ledger.spent(memory, campaign)
        flights = evaluations.in_flight(memory, campaign)
        proposed = [p.candidate.id for p in candidates.proposals(memory, campaign)]
    ids = [s.run.candidate for s in stored]
    assert len(ids) == len(set(ids))
    assert set(acknowledged) <= set(ids)
    assert len(acknowledged) > 30, "the kills came too early to test anything"
    assert spent["device_s"] == 0.5 * len(stored)
    assert spent["evaluations"] == len(stored)
    flying = [flight.run.candidate for flight in flights]
    assert not set(flying) & set(ids)
    # A kill between two transactions may leave a proposal whose run never began.
    assert len(set(proposed) - set(ids) - set(flying)) <= KILLS


def test_two_campaigns_and_a_reader_share_a_file(path):
    with open_memory(path) as memory:
        both = [campaigns.create(memory, NEW).id for _ in range(2)]

    def write(campaign):
        def work(acknowledge):
            with open_memory(path) as own:
                search(own, campaign, range(100), acknowledge)

        return work

    children = [in_a_child(write(campaign)) for campaign in both]
    counts, exits = [], {}
    with open_memory(path, read_only=True) as reader:
        while len(exits) < len(children):
            counts.append(sum(len(list(evaluations.of_campaign(reader, c))) for c in both))
            for pid in {pid for pid, _ in children} - exits.keys():
                ended, status = os.waitpid(pid, os.WNOHANG)
                if ended:
                    exits[pid] = os.waitstatus_to_exitcode(status)
        assert list(exits.values()) == [0, 0]
        assert counts == sorted(counts)
        assert standings.best(reader, "toy", "quick", limit=1)[0].runs == 2
    for _, read in children:
        os.close(read)
    with open_memory(path) as memory:
        assert check(memory) == []
        assert [ledger.spent(memory, c)["evaluations"] for c in both] == [100, 100]


def test_a_reader_neither_waits_for_a_writer_nor_holds_it_up(path):
    with open_memory(path) as writer:
        campaign = campaigns.create(writer, NEW).id
        with open_memory(path, read_only=True) as reader:
            reader.connection.execute("PRAGMA busy_timeout = 0")
            writer.connection.execute("PRAGMA busy_timeout = 0")
            with writer.transaction():
                events.append(writer, campaign, "half done", {})
                assert events.read(reader, campaign) == []
            reader.connection.execute("BEGIN")
            assert len(events.read(reader, campaign)) == 1
            events.append(writer, campaign, "while it reads", {})
            assert len(events.read(reader, campaign)) == 1
            reader.connection.execute("COMMIT")
            assert len(events.read(reader, campaign)) == 2


def test_a_writer_that_waits_too_long_says_so(path):
    with open_memory(path) as first, open_memory(path) as second:
        campaign = campaigns.create(first, NEW).id
        second.connection.execute("PRAGMA busy_timeout = 0")
        with first.transaction(), pytest.raises(DatabaseBusy, match="locked by another process"):
            events.append(second, campaign, "never", {})
        assert events.append(second, campaign, "now", {}) == 1


def test_many_processes_may_make_the_same_new_file(path):
    def work(acknowledge):
        with open_memory(path) as memory:
            acknowledge(campaigns.create(memory, NEW).id)

    children = [in_a_child(work) for _ in range(6)]
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid, _ in children] == [0] * 6
    for _, read in children:
        os.close(read)
    with open_memory(path) as memory:
        assert len(campaigns.all_campaigns(memory)) == 6
    assert not list(path.parent.glob("*.bak*"))


def test_a_living_campaign_cannot_be_taken_over_and_a_killed_one_can(path):
    with open_memory(path) as memory:
        campaign = campaigns.create(memory, NEW).id

    def live(acknowledge):
        with open_memory(path) as own:
            own.connection.execute("UPDATE campaigns SET pid = NULL")
            campaigns.take_over(own, campaign)
            acknowledge("up")
            time.sleep(60)

    pid, read = in_a_child(live)
    os.read(read, 3)
    with open_memory(path) as memory:
        with pytest.raises(CampaignBusy, match=f"process {pid}"):
            campaigns.take_over(memory, campaign)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        assert campaigns.take_over(memory, campaign).pid == os.getpid()
    os.close(read)


def test_a_process_that_merely_has_the_number_is_not_the_campaign(path):
    with open_memory(path) as memory:
        campaign = campaigns.create(memory, NEW).id
        memory.connection.execute("UPDATE campaigns SET pid = 1, heartbeat = 0")
        assert not campaigns.is_alive(campaigns.get(memory, campaign))
