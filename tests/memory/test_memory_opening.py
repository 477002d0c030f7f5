"""Opening: new files, old versions, and everything that is not a memory of ours."""

import os
import resource
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest

from discover.memory import campaigns, candidates, schema, text_search
from discover.memory.campaigns import NewCampaign
from discover.memory.check import check
from discover.memory.errors import (
    CannotWrite,
    DamagedDatabase,
    MemoryFault,
    NewerDatabase,
    NoDatabase,
    NotOurDatabase,
    OlderDatabase,
)
from discover.memory.store import open_for_campaign, open_memory
from discover.space import Candidate

NEW = NewCampaign("toy", "toy.py", "score", "max", 7, "30m")
NOBODY = 65534


def fill(path, programs=3):
    with open_memory(path) as memory:
        campaign = campaigns.create(memory, NEW).id
        for n in range(programs):
            candidate = Candidate.from_source(f"x = {n}", idea=f"idea {n}")
            candidates.propose(memory, campaign, candidate, author="a")
    return campaign


def make_version_1(path):
    connection = sqlite3.connect(path, isolation_level=None)
    (_, first), *_ = schema.migrations()
    connection.executescript(first)
    connection.executescript(
        f"PRAGMA application_id = {schema.APPLICATION_ID}; PRAGMA user_version = 1;"
        "INSERT INTO campaigns VALUES"
        " ('c0ffee', 'toy', 'toy.py', 'score', 'max', 7, '30m', '{}', 'done', 0, 0, 0, 1, '');"
        "INSERT INTO candidates VALUES (1, 'feed', 'old', 'gated = 1', NULL, 0);"
        "INSERT INTO proposals VALUES"
        " (1, 'c0ffee', 'feed', NULL, 'seed', 'a forgotten idea', 'someone', NULL, 0);"
    )
    connection.close()


def in_a_child(function, uid=None):
    """Run `function` in a forked child, as another user where given; what it returned."""
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            if uid is not None:
                os.seteuid(uid)
            os.write(write, str(function()).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        said = answer.read()
    os.waitpid(pid, 0)
    return said


def fault_of(function):
    try:
        return function()
    except MemoryFault as fault:
        return f"{type(fault).__name__}: {fault}"


def test_a_new_memory_is_ours_in_wal_mode_and_sound(tmp_path):
    path = tmp_path / "discover.db"
    with open_memory(path) as memory:
        assert memory.connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert memory.connection.execute("PRAGMA foreign_keys").fetchone()[0] == 1
        assert schema.version_of(memory.connection) == schema.migrations()[-1][0]
        assert check(memory) == []
    assert int.from_bytes(path.read_bytes()[68:72]) == schema.APPLICATION_ID


def test_an_empty_file_becomes_a_memory(tmp_path):
    path = tmp_path / "discover.db"
    path.touch()
    open_memory(path).close()
    with open_memory(path, read_only=True) as memory:
        assert campaigns.all_campaigns(memory) == []


def test_version_1_is_migrated_with_its_data_behind_a_backup(tmp_path):
    path = tmp_path / "discover.db"
    make_version_1(path)
    with open_memory(path) as memory:
        assert schema.version_of(memory.connection) == schema.migrations()[-1][0]
        assert candidates.get(memory, "feed").idea == "a forgotten idea"
        (hit,) = text_search.search(memory, "forgotten")["idea"]
        assert hit.id == "feed"
        assert check(memory) == []
    backup = sqlite3.connect(tmp_path / "discover.db.v1.bak")
    assert backup.execute("PRAGMA user_version").fetchone() == (1,)
    assert backup.execute("SELECT idea FROM proposals").fetchone() == ("a forgotten idea",)
    backup.close()


def test_an_earlier_backup_is_kept(tmp_path):
    path = tmp_path / "discover.db"
    make_version_1(path)
    (tmp_path / "discover.db.v1.bak").write_text("precious")
    open_memory(path).close()
    assert (tmp_path / "discover.db.v1.bak").read_text() == "precious"
    assert (tmp_path / "discover.db.v1.bak.1").exists()


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "discover.db"
    fill(path)
    latest = schema.migrations()[-1][0]
    broken = [*schema.migrations(), (latest + 1, "CREATE TABLE half (x);\nNOT SQL;\n")]
    monkeypatch.setattr(schema, "migrations", lambda: broken)
    with pytest.raises(sqlite3.OperationalError):
        open_memory(path)
    monkeypatch.undo()
    with open_memory(path) as memory:
        assert schema.version_of(memory.connection) == latest
        assert memory.row("SELECT 1 FROM sqlite_schema WHERE name = 'half'") is None
        assert check(memory) == []


def test_an_older_memory_opened_read_only_says_how_to_migrate(tmp_path):
    path = tmp_path / "discover.db"
    make_version_1(path)
    before = path.read_bytes()
    with pytest.raises(OlderDatabase, match="discover memory migrate"):
        open_memory(path, read_only=True)
    assert path.read_bytes() == before


def text_file(path):
    path.write_text("# notes\n" * 500)


def foreign_database(path):
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE mine (x)")
    connection.commit()
    connection.close()


def newer_memory(path):
    fill(path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 999")
    connection.close()


def truncated_memory(path):
    fill(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (text_file, NotOurDatabase, "is not a SQLite database"),
        (foreign_database, NotOurDatabase, "not a memory of Discover"),
        (newer_memory, NewerDatabase, "version 999, made by a newer Discover"),
        (truncated_memory, DamagedDatabase, "its header says"),
        (Path.mkdir, NoDatabase, "is a folder"),
    ],
)
def test_a_file_that_is_not_ours_is_refused_in_one_line_and_untouched(
    tmp_path, make, kind, words, read_only
):
    path = tmp_path / "discover.db"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(kind, match=words) as caught:
        open_memory(path, read_only=read_only)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    assert before is None or path.read_bytes() == before


def test_a_missing_file_is_made_only_where_asked(tmp_path):
    for options in ({"create": False}, {"read_only": True}):
        with pytest.raises(NoDatabase, match="no memory at"):
            open_memory(tmp_path / "none.db", **options)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(CannotWrite, match="does not exist"):
        open_memory(tmp_path / "nowhere" / "discover.db")


def test_damage_inside_is_found_by_check(tmp_path):
    path = tmp_path / "discover.db"
    fill(path)
    connection = sqlite3.connect(path)
    sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'candidates'"
    (page,) = connection.execute(sql).fetchone()
    connection.close()
    data = bytearray(path.read_bytes())
    data[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    path.write_bytes(data)
    with open_memory(path, read_only=True) as memory:
        assert check(memory) != []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_read_only_folder_can_be_read_and_says_that_it_cannot_be_written():
    folder = Path(tempfile.mkdtemp())
    try:
        fill(folder / "discover.db")
        (folder / "discover.db").chmod(0o444)
        folder.chmod(0o555)

        def read():
            with open_memory(folder / "discover.db", read_only=True) as memory:
                return len(campaigns.all_campaigns(memory))

        assert in_a_child(lambda: fault_of(read), NOBODY) == "1"
        said = in_a_child(lambda: fault_of(lambda: open_memory(folder / "discover.db")), NOBODY)
        assert said.startswith("CannotWrite:")
        said = in_a_child(lambda: fault_of(lambda: open_memory(folder / "new.db")), NOBODY)
        assert said.startswith("CannotWrite:")
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_full_disk_is_one_line_and_loses_nothing_committed(tmp_path):
    path = tmp_path / "discover.db"
    campaign = fill(path)

    def write_until_full():
        with open_memory(path) as memory:
            limit = path.stat().st_size + 200_000
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            for n in range(10_000):
                candidate = Candidate.from_source(f"y = {n}  # {'long ' * 500}")
                candidates.propose(memory, campaign, candidate, author="a")
        return "never full"

    assert in_a_child(lambda: fault_of(write_until_full)).startswith("CannotWrite:")
    with open_memory(path) as memory:
        assert check(memory) == []
        assert len(list(candidates.proposals(memory, campaign))) > 3


@pytest.mark.parametrize("room", [4096, 16_384, 65_536])
def test_a_disk_that_is_full_before_the_schema_stands_is_one_line(tmp_path, room):
    path = tmp_path / "discover.db"

    def open_on_full():
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        open_memory(path)
        return "never full"

    assert in_a_child(lambda: fault_of(open_on_full)).startswith("CannotWrite:")
    with open_memory(path) as memory:
        assert check(memory) == []


def test_a_new_file_in_which_no_campaign_began_goes_again(tmp_path):
    with pytest.raises(ZeroDivisionError), open_for_campaign(tmp_path / "m.db"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_new_file_stays_where_a_campaign_began_or_another_has_it_open(tmp_path):
    with pytest.raises(ZeroDivisionError), open_for_campaign(tmp_path / "one.db") as memory:
        first = campaigns.create(memory, NEW).id
        raise ZeroDivisionError
    with open_memory(tmp_path / "one.db") as memory:
        assert campaigns.get(memory, first)
    with pytest.raises(ZeroDivisionError), open_for_campaign(tmp_path / "two.db"):
        other = open_memory(tmp_path / "two.db")
        raise ZeroDivisionError
    second = campaigns.create(other, NEW).id
    other.close()
    with open_memory(tmp_path / "two.db") as memory:
        assert campaigns.get(memory, second)
