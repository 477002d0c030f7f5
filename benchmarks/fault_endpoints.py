"""Faults of a language model's endpoint, for `faults.py`."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random

from ..tests.agents.endpoint import Answer, Endpoint
from ..tests.agents.strong import StrongModel
from .fault_kit import Place, finish

CONFIG = "[models]\ntimeout_s = 6\nattempts = 2\nconcurrency = 1\n"

Reply = Callable[[dict[str, object]], Answer | str]


def program(number: int) -> str:
    return f"```python\nN = {number}\ndef value():\n    return N\n```"


def _strike(fault: Answer, outage_s: float = 0.0) -> Callable[[Place], None]:
    """A model whose replies go wrong at random; with `outage_s`, all of them for so long."""

    def strike(place: Place) -> None:
        endpoint = Endpoint(_script(place.rng, fault, outage_s))
        (place.folder / "discover.toml").write_text(CONFIG)
        models = ("--model", "openai/scripted", "--api-base", endpoint.api_base)
        try:
            ended = finish(place.search("8evals,4m", *models, "--slots", 1))
        finally:
            endpoint.close()
        assert ended.code in (0, 3) and not ended.traceback, f"exit {ended.code}: {ended.err}"
        assert endpoint.requests, "the model was never asked"
        assert "decision" not in ended.err or "Traceback" not in ended.err
        proposed = place.rows("SELECT count(*) FROM proposals WHERE author = 'team'")[0][0]
        assert proposed > 0, "nothing was proposed"

    return strike


def _script(rng: Random, fault: Answer, outage_s: float) -> Reply:
    model = StrongModel(code=lambda body: program(rng.randrange(900)))
    begun: list[float] = []

    def script(body: dict[str, object]) -> Answer | str:
        begun.append(time.monotonic())
        out = begun[-1] - begun[0] < outage_s if outage_s else rng.random() < 0.5
        return fault if out else model(body)

    return script


HTML = b"<!doctype html><title>502</title><h1>Bad gateway</h1>"
FAULTS: dict[str, Callable[[Place], None]] = {
    "llm-hangs": _strike(Answer("late", delay_s=600)),
    "llm-html": _strike(Answer(raw=HTML, headers={"content-type": "text/html"})),
    "llm-429": _strike(Answer("slow down", status=429, headers={"retry-after": "2"}), 60),
    "llm-truncated": _strike(Answer("half of it", cut=True)),
    "llm-empty": _strike(Answer("")),
}
