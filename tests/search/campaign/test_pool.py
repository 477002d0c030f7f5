"""Of all programs a campaign knows, only the last used are held."""

import pytest

from discover.memory import campaigns, candidates, open_memory
from discover.memory.campaigns import NewCampaign
from discover.memory.errors import UnknownId
from discover.search.campaign.pool import Pool, pool_of
from discover.space import Candidate


def program(n, **fields):
    return Candidate.from_source(f"X = {n}\n", **fields)


def test_the_least_recently_used_is_let_go_and_read_again():
    loaded = []

    def load(id_):
        loaded.append(id_)
        return program(int(id_))

    pool = Pool(load, kept=2)
    for n in range(3):
        pool[str(n)] = program(n)
    assert pool["1"] == program(1) and pool["2"] == program(2) and loaded == []
    assert pool["0"] == program(0) and loaded == ["0"]
    assert pool["2"] == program(2) and loaded == ["0"], "used after 1, so it stayed"
    assert pool["1"] == program(1) and loaded == ["0", "1"]


def test_what_memory_gives_back_is_what_was_put_in(tmp_path):
    with open_memory(tmp_path / "m.db") as memory:
        ids = [
            campaigns.create(memory, NewCampaign("d", "d", "s", "max", 0, "1h")).id for _ in "ab"
        ]
        parent, name = program(0), program(1, name="origin")
        child = program(2, parents=(parent.id,), operator="mutate", idea="one more")
        again = program(2, operator="sample", idea="by chance")
        for candidate in (parent, child, program(1)):
            candidates.propose(memory, ids[0], candidate, author="grammar")
        candidates.propose(memory, ids[1], again, author="grammar")
        pool = pool_of(memory, ids[1], {"origin": name})
        assert pool[child.id] == again, "as this campaign proposed it"
        assert pool[parent.id] == parent, "as an earlier one did"
        assert pool[name.id].name == "origin"
        with pytest.raises(UnknownId):
            pool["no such id"]
