"""The client against an endpoint that misbehaves in every way."""

import contextlib
import json
import os
import socket
import time
from dataclasses import replace

import pytest

from discover.agents.llm import (
    Ask,
    BudgetReached,
    Client,
    ConfigurationError,
    Message,
    NotRecorded,
    Price,
    Refused,
    ScratchJournal,
    Settings,
    Unavailable,
    Unreadable,
)
from discover.agents.llm.recording import Recording

from .endpoint import Answer

MODEL = "openai/strong"
HTML = Answer(
    raw=b"<html><body>502 Bad Gateway</body></html>", headers={"content-type": "text/html"}
)


def ask(text="hello", **changes):
    return Ask(**{"role": "planner", "messages": (Message("user", text),), **changes})


def in_turn(*answers):
    """A script that gives one answer after the other, the last one for ever."""
    left = list(answers)
    return lambda body: left.pop(0) if len(left) > 1 else left[0]


def test_a_reply_is_read_recorded_and_counted(serve, client_of):
    journal = ScratchJournal(campaign="c1")
    client = client_of(serve(lambda body: "the answer"), journal=journal)
    assert client.complete(ask(decision=7), MODEL, str.upper) == "THE ANSWER"
    (call,) = journal.calls
    assert (call.campaign, call.role, call.model, call.decision) == ("c1", "planner", MODEL, 7)
    assert (call.prompt_tokens, call.completion_tokens, call.error) == (11, 7, "")
    assert call.reply == {
        "text": "the answer",
        "finish": "stop",
        "cached": False,
        "prompt_tokens": 11,
        "completion_tokens": 7,
        "usd": 0.0,
        "wall_s": call.wall_s,
    }
    assert call.request["messages"] == [{"role": "user", "content": "hello"}]
    assert call.wall_s > 0


def test_the_same_request_is_paid_once_and_another_seed_is_another_request(serve, client_of):
    endpoint = serve(lambda body: f"reply {body['seed']}")
    client = client_of(endpoint)
    said = [client.complete(ask(seed=s), MODEL, str) for s in (1, 1, 2)]
    assert said == ["reply 1", "reply 1", "reply 2"]
    assert len(endpoint.requests) == 2
    cached = client.journal.calls[1]
    assert cached.reply["cached"] and cached.prompt_tokens == 0 and cached.usd == 0


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": 0.1},
        {"max_tokens": 5},
        {"options": {"extra_body": {"grammar": "root ::= [a-z]"}}},
        {"messages": (Message("system", "hello"),)},
    ],
)
def test_the_cache_is_keyed_on_everything_that_shapes_the_reply(serve, client_of, change):
    endpoint = serve(lambda body: "x")
    client = client_of(endpoint)
    client.complete(ask(), MODEL, str)
    client.complete(ask(**change), MODEL, str)
    assert len(endpoint.requests) == 2


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Answer(status=429, raw=b'{"error": {"message": "slow down"}}'), "slow down"),
        (Answer(status=500, raw=b'{"error": {"message": "oops"}}'), "oops"),
        (Answer(status=502, raw=HTML.raw, headers=HTML.headers), "502 Bad Gateway"),
        (HTML, ""),
        (Answer("half a sent", cut=True), ""),
        (Answer(text=""), "an empty reply"),
        (Answer(text=None), "an empty reply"),
        (Answer(raw=b"{}"), ""),
        (Answer(raw=b'{"choices": []}'), ""),
        (Answer(raw=b"not json at all"), ""),
    ],
    ids=[
        "429",
        "500",
        "html 502",
        "html 200",
        "cut",
        "empty",
        "null",
        "bare",
        "choiceless",
        "text",
    ],
)
def test_a_fault_that_passes_is_tried_again(serve, client_of, fault, said):
    client = client_of(serve(in_turn(fault, "well")))
    assert client.complete(ask(), MODEL, str) == "well"
    first, second = client.journal.calls
    assert first.reply is None and said in first.error
    assert first.error.startswith((f"unavailable: {MODEL}: ", f"answered: {MODEL}: "))
    assert "\n" not in first.error
    assert second.error == ""


@pytest.mark.parametrize("fault", [Answer(status=500, raw=b"{}"), HTML, Answer(text=" ")])
def test_a_fault_that_stays_ends_after_the_attempts(serve, client_of, fault):
    endpoint, waits = serve(lambda body: fault), []
    client = client_of(endpoint, attempts=3, waits=waits)
    with pytest.raises(Unavailable):
        client.complete(ask(), MODEL, str)
    assert len(endpoint.requests) == len(client.journal.calls) == 3
    assert len(waits) == 2 and all(0 <= w <= 2 for w in waits)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_what_cannot_get_better_is_tried_once(serve, client_of, status):
    endpoint = serve(lambda body: Answer(status=status, raw=b'{"error": {"message": "no"}}'))
    with pytest.raises(Unavailable):
        client_of(endpoint).complete(ask(), MODEL, str)
    assert len(endpoint.requests) == 1


def test_the_wait_is_the_one_that_the_endpoint_asked_for(serve, client_of):
    slow = Answer(status=429, raw=b"{}", headers={"retry-after": "7"})
    waits = []
    client_of(serve(in_turn(slow, "well")), waits=waits).complete(ask(), MODEL, str)
    assert waits == [7.0]


def test_a_late_reply_is_not_waited_for_and_is_charged_at_its_bound(serve, client_of):
    endpoint = serve(lambda body: Answer("late", delay_s=90))
    client = client_of(endpoint, timeout_s=0.3, attempts=1)
    with pytest.raises(Unavailable, match=r"timed out|no reply within 0.3 s"):
        client.complete(ask(max_tokens=100), MODEL, str)
    (call,) = client.journal.calls
    assert call.wall_s < 30
    assert call.prompt_tokens > 100


def test_a_flood_is_dropped_and_not_kept(serve, client_of):
    client = client_of(serve(lambda body: "x" * 2_000_000))
    with pytest.raises(Unreadable, match="2,000,000 characters"):
        client.complete(ask(), MODEL, str)
    (call,) = client.journal.calls
    assert call.reply is None and len(call.error) < 200 and call.completion_tokens == 7


@pytest.mark.parametrize(
    "answer", [Answer(text=None, refusal="I cannot help"), Answer("", finish="content_filter")]
)
def test_a_refusal_is_recorded_and_not_repeated(serve, client_of, answer):
    endpoint = serve(lambda body: answer)
    client = client_of(endpoint)
    with pytest.raises(Refused):
        client.complete(ask(), MODEL, str)
    assert len(endpoint.requests) == 1 and "declined" in client.journal.calls[0].error


def test_an_unreadable_reply_is_kept_with_what_was_wrong(serve, client_of):
    client = client_of(serve(lambda body: Answer("forty", finish="length")))
    with pytest.raises(Unreadable) as caught:
        client.complete(ask(), MODEL, int)
    assert caught.value.text == "forty"
    (call,) = client.journal.calls
    assert call.reply["text"] == "forty"
    assert call.error.startswith("unreadable: invalid literal") and "cut off" in call.error


def test_the_fallback_is_asked_when_the_model_is_away(serve, client_of):
    def script(body):
        return "from the spare" if body["model"] == "spare" else Answer(status=404, raw=b"{}")

    client = client_of(serve(script), fallback_model="spare")
    assert client.complete(ask(), MODEL, str) == "from the spare"
    assert [c.model for c in client.journal.calls] == [MODEL, "openai/spare"]


def test_a_closed_port_is_one_line(client_of, serve):
    endpoint = serve(lambda body: "")
    client = client_of(endpoint, attempts=2)
    endpoint.close()
    with pytest.raises(Unavailable) as caught:
        client.complete(ask(), MODEL, str)
    assert "\n" not in str(caught.value)
    assert [c.prompt_tokens for c in client.journal.calls] == [0, 0]


# Budgets


def test_a_token_budget_stops_before_the_call_that_could_pass_it(serve, client_of):
    endpoint = serve(lambda body: "x")
    client = client_of(endpoint, limits={"tokens": 200})
    for seed in range(3):
        client.complete(ask(seed=seed, max_tokens=100), MODEL, str)
    # 54 tokens are spent, and 146 are left.
    with pytest.raises(BudgetReached, match="146 are left"):
        client.complete(ask(seed=9, max_tokens=146), MODEL, str)
    assert len(endpoint.requests) == 3
    assert client.complete(ask(seed=0, max_tokens=100), MODEL, str) == "x"  # cached: free


def test_money_is_counted_by_the_configured_price(serve, client_of):
    prices = {"strong": {"prompt": 2, "completion": 10}}
    client = client_of(serve(lambda body: "x"), prices=prices, limits={"usd": 0.01})
    client.complete(ask(max_tokens=100), MODEL, str)
    assert client.journal.spent()["usd"] == pytest.approx((11 * 2 + 7 * 10) / 1e6)
    with pytest.raises(BudgetReached, match="US dollars"):
        client.complete(ask(max_tokens=1000), MODEL, str)


def test_an_unknown_price_under_a_money_budget_is_an_error(serve, client_of):
    endpoint = serve(lambda body: "x")
    with pytest.raises(ConfigurationError, match="price of openai/strong"):
        client_of(endpoint, limits={"usd": 5})
    assert endpoint.requests == []


def test_a_price_that_litellm_knows_is_used(serve, client_of):
    client = client_of(serve(lambda body: "x"), model="openai/gpt-4o", limits={"usd": 5})
    client.complete(ask(), "openai/gpt-4o", str)
    assert client.journal.spent()["usd"] == pytest.approx((11 * 2.5 + 7 * 10) / 1e6)


def test_an_endpoint_that_does_not_count_is_charged_at_the_bound(serve, client_of):
    client = client_of(serve(lambda body: Answer("four", usage=None)))
    client.complete(ask("x" * 50), MODEL, str)
    (call,) = client.journal.calls
    assert call.prompt_tokens >= 1 and call.completion_tokens >= 1


def test_a_call_ends_with_the_time_that_is_left(serve, client_of):
    endpoint = serve(lambda body: Answer("late", delay_s=30))
    client = client_of(endpoint, attempts=3, fallback_model="spare")
    end = time.monotonic() + 0.3
    client.time_left = lambda: end - time.monotonic()
    with pytest.raises(BudgetReached, match=r"no reply in the 0\.\d+ s that were left"):
        client.complete(ask(), MODEL, str)
    assert time.monotonic() < end + 5
    (call,) = client.journal.calls
    assert call.error.startswith("budget: no reply") and call.prompt_tokens > 0, "maybe billed"
    again = Recording.of(client.journal.calls).failure(call.request)
    assert isinstance(again, BudgetReached)


def test_without_time_nothing_is_asked(serve, client_of):
    endpoint = serve(lambda body: "x")
    client = client_of(endpoint)
    client.complete(ask(), MODEL, str)
    client.time_left = lambda: 0.0
    with pytest.raises(BudgetReached, match="no time is left"):
        client.complete(ask(seed=9), MODEL, str)
    assert len(endpoint.requests) == 1
    assert client.complete(ask(), MODEL, str) == "x", "what is kept takes no time"
    recorded = client_of(endpoint, recording=Recording.of(client.journal.calls))
    recorded.time_left = lambda: 0.0
    assert recorded.complete(ask(), MODEL, str) == "x", "nor does a recording"


def test_no_wait_between_attempts_goes_beyond_the_time_that_is_left(serve, client_of):
    waits = []
    busy = Answer(status=429, raw=b"{}", headers={"retry-after": "20"})
    client = client_of(serve(lambda body: busy), attempts=2, waits=waits)
    client.time_left = lambda: 3.0
    with pytest.raises(Unavailable):
        client.complete(ask(), MODEL, str)
    assert waits == [3.0]


# Secrets, network, replay


def test_secrets_are_neither_stored_nor_told(serve, client_of, monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "hush-hush-1234")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-belongs-to-openai-alone")
    leak = b'{"error": {"message": "bad key hush-hush-1234 and sk-abcdefgh12345"}}'
    endpoint = serve(in_turn(Answer(status=500, raw=leak), "it is hush-hush-1234"))
    client = client_of(endpoint)
    client.complete(ask("my key is hush-hush-1234"), MODEL, str)
    stored = repr(client.journal.calls) + repr(client.settings)
    assert "hush-hush" not in stored and "sk-abcdefgh" not in stored
    assert stored.count("[secret]") >= 4
    # A key of the environment is not sent to an address of the user's own.
    assert endpoint.authorizations == ["Bearer none"] * 2


def test_a_key_named_for_the_address_reaches_it_and_only_it(serve, client_of):
    endpoint = serve(lambda body: "x")
    environ = {"DISCOVER_API_KEY": "for-this-endpoint", "DISCOVER_API_BASE": endpoint.api_base}
    settings = Settings.read({"model": "strong"}, environ=environ)
    client = client_of(endpoint)
    client.settings = settings
    client.complete(ask(), MODEL, str)
    assert endpoint.authorizations == ["Bearer for-this-endpoint"]
    assert "for-this" not in repr(client.journal.calls) + repr(settings)


def test_a_missing_key_is_told_before_anything_is_asked(monkeypatch):
    for name in list(os.environ):
        if name.startswith(("ANTHROPIC_", "GEMINI_", "GOOGLE_")):
            monkeypatch.delenv(name)
    settings = Settings.read({"model": "anthropic/claude-3-haiku-20240307"})
    needed = r"^anthropic/claude-3-haiku-20240307 needs an API key: set ANTHROPIC_API_KEY$"
    with pytest.raises(ConfigurationError, match=needed):
        Client(settings, ScratchJournal())
    with pytest.raises(ConfigurationError, match="set GOOGLE_API_KEY or GEMINI_API_KEY"):
        Client(Settings.read({"model": "gemini/gemini-1.5-pro"}), ScratchJournal())
    # Neither a price nor an address in the environment is a key.
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    priced = replace(settings, prices={settings.names[0]: Price(1.0, 1.0)})
    with pytest.raises(ConfigurationError, match=needed):
        Client(priced, ScratchJournal())
    Client(replace(settings, api_key="of the user"), ScratchJournal())
    Client(Settings.read({"model": "ollama/llama3"}), ScratchJournal())  # needs none
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "another way in")
    Client(settings, ScratchJournal())


def test_the_address_is_stored_without_its_password(serve, client_of):
    endpoint = serve(lambda body: "x")
    base = endpoint.api_base.replace("//", "//user:sesame@") + "?token=abc"
    client = client_of(endpoint, api_base=base, attempts=1)
    with contextlib.suppress(Unavailable):  # whether it works is the HTTP client's affair
        client.complete(ask(), MODEL, str)
    assert "sesame" not in repr(client.journal.calls)
    assert "token=abc" not in repr(client.journal.calls)


def test_nothing_beyond_loopback_is_ever_connected_to(serve, client_of, monkeypatch):
    beyond = []
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def watched(self, address):
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1"):
            beyond.append(address)
        return connect(self, address)

    def looked_up(host, *args, **kwargs):
        if host not in ("127.0.0.1", "localhost", "::1", None):
            beyond.append(host)
        return resolve(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", watched)
    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    client = client_of(
        serve(lambda body: "x"),
        limits={"usd": 1},
        prices={"strong": {"prompt": 0, "completion": 0}},
    )
    client.complete(ask(), MODEL, str)
    assert beyond == []


def test_a_replay_says_the_same_and_sends_nothing(serve, client_of):
    endpoint = serve(in_turn(Answer(status=429, raw=b"{}"), "once"))
    journal = ScratchJournal()
    client_of(endpoint, journal=journal).complete(ask(), MODEL, str)
    sent = len(endpoint.requests)
    replay = client_of(endpoint, recording=Recording.of(journal.calls))
    assert replay.complete(ask(), MODEL, str) == "once"
    with pytest.raises(NotRecorded):
        replay.complete(ask("something else"), MODEL, str)
    assert len(endpoint.requests) == sent


# Settings


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"modle": "x"}, "unknown model setting 'modle'"),
        ({"model": "x", "timeout_s": "soon"}, "timeout_s is a number above zero; got 'soon'"),
        ({"model": "x", "attempts": 0}, "attempts is a whole number above zero; got 0"),
        ({"model": "x", "attempts": 1.5}, "attempts is a whole number above zero; got 1.5"),
        ({"model": "x", "max_tokens": 10**400}, "max_tokens is a whole number above zero; got 1"),
        ({"model": "x", "timeout_s": float("inf")}, "timeout_s is a number above zero; got inf"),
        ({"model": "x", "concurrency": True}, "concurrency is a whole number above zero; got T"),
        ({"model": 5}, "model is a name or a list of names; got 5"),
        ({"model": "x", "coder_model": [3]}, "coder_model is a name or a list of names; got [3]"),
        ({"model": "x", "without": 3}, "without is a name or a list of names; got 3"),
        ({"model": "x", "api_base": 5}, "api_base 5 is not an http address"),
        ({"model": "x", "prices": {"x": {"prompt": 10**400, "completion": 0}}}, "prices are"),
        ({"model": "x", "api_base": "localhost:80"}, "not an http address"),
        ({"model": "x", "without": ["panner"]}, "no agent 'panner' to go without"),
        ({"model": "x", "evolve_prompts": "yes"}, "evolve_prompts is true or false; got 'yes'"),
        ({"model": "x", "prices": {"x": 3}}, "prices are dollars per million tokens"),
        ({"model": "x", "prices": {"x": {"prompt": -1, "completion": 0}}}, "zero or more"),
    ],
)
def test_a_setting_that_cannot_be_read_is_one_line(flags, said):
    with pytest.raises(ConfigurationError) as caught:
        Settings.read(flags)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_flags_win_over_the_file_and_the_file_over_the_environment():
    environ = {"DISCOVER_MODEL": "e/e", "DISCOVER_API_BASE": ""}
    assert Settings.read({}, {}, {}) is None
    assert Settings.read({}, {}, environ).names == ("e/e",)
    assert Settings.read({}, {"model": "f/f"}, environ).names == ("f/f",)
    read = Settings.read({"coder_model": "c/1, c/2"}, {"model": "f/f"}, environ)
    assert read.of_role("coder") == ("c/1", "c/2")
    assert read.of_role("planner") == read.of_role("critic") == ("f/f",)


def test_the_request_carries_an_explicit_output_limit(serve, client_of):
    endpoint = serve(lambda body: "x")
    client_of(endpoint).complete(ask(max_tokens=77, temperature=0.3), MODEL, str)
    (body,) = endpoint.requests
    sent = json.dumps(body)
    assert body["temperature"] == 0.3 and "77" in sent
