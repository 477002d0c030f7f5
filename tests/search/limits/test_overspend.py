"""Whatever runs take, no unit of a budget is passed by more than one evaluation's limit."""

from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import SimpleNamespace

import pytest

from discover.agents.llm import Unavailable
from discover.agents.llm.transport import LiteLLMTransport
from discover.evaluators.jobs import GATE_LIMITS
from discover.evaluators.registry import load_domain
from discover.memory import calls, campaigns, ledger, open_memory
from discover.memory.campaigns import NewCampaign
from discover.sandbox import Completion, Usage
from discover.search.campaign.proposer import ASKING
from discover.search.campaign.turns import Phase
from discover.search.lifecycle.phases import carry_out
from discover.search.lifecycle.start import assemble, run_campaign
from discover.search.limits.budget import Budget, Unit
from discover.search.setup.settings import Settings

from ...agents.endpoint import Answer, Endpoint
from ...agents.strong import StrongModel

TOY = str(Path(__file__).parents[1] / "domains" / "toy.py")
LIMIT_S = 5.0
"""Of each tier of the toy domain; its gates are quick here, and reserved at their own limit."""


@dataclass
class Simulated:
    """Slots on a clock of their own: a run takes its whole limit as often as not."""

    slots: int
    rng: Random
    now: float = 0.0
    isolation: str = "none"
    flights: list = field(default_factory=list)
    ended: list = field(default_factory=list)

    def submit(self, job):
        longest = 0.5 if job.limits == GATE_LIMITS else job.limits.wall_s
        takes = longest if self.rng.random() < 0.5 else self.rng.uniform(0, longest)
        self.flights.append((self.now + takes, takes, job))

    def next(self, timeout=None):
        end, takes, job = min(self.flights, key=lambda flight: flight[0])
        if timeout is not None and end > self.now + timeout:
            self.now += timeout
            return None
        self.now = max(self.now, end)
        self.flights.remove((end, takes, job))
        usage = Usage(cpu_s=takes / 4)
        self.ended.append(usage)
        session = SimpleNamespace(isolation="none", usage=usage)
        return Completion(job.id, job.work(session), None, usage, takes, self.isolation)


def spent(tmp_path, monkeypatch, budget, executor, seed, models=None, told=None):
    """What a whole campaign spends, verification included."""
    monkeypatch.setattr(
        "discover.search.campaign.runner.time", SimpleNamespace(monotonic=lambda: executor.now)
    )
    settings = Settings(
        TOY,
        Budget.parse(budget),
        seed=seed,
        slots=executor.slots,
        value_model=False,
        models=models or {},
    )

    def hear(turn, progress):
        if told is not None:
            told.append(turn)

    new = NewCampaign("toy", TOY, "nearness", "max", seed, budget, settings.to_dict())
    with open_memory(tmp_path / f"{seed}.db") as memory:
        id_ = campaigns.create(memory, new).id
        carry_out(assemble(id_, settings, load_domain(TOY), memory, executor, [hear]))
        found = ledger.spent(memory, id_)
    assert found["wall_s"] == pytest.approx(executor.now), "heartbeats miss time"
    return found


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    ("budget", "slots"),
    [
        ("0.08gpuh", 1),
        ("0.1gpuh", 4),
        ("0.05cpuh", 1),
        ("0.06cpuh", 4),
        ("3m", 1),
        ("2m", 4),
        ("31evals", 4),
        ("3m,0.08gpuh", 3),
    ],
)
def test_time_and_evaluations(tmp_path, monkeypatch, budget, slots, seed):
    found = spent(tmp_path, monkeypatch, budget, Simulated(slots, Random(seed)), seed)
    limits = Budget.parse(budget).limits
    over = {unit: found[unit.value] - limit for unit, limit in limits.items()}
    allowed = {Unit.EVALUATIONS: 0.0, Unit.DEVICE: LIMIT_S, Unit.CPU: LIMIT_S, Unit.WALL: LIMIT_S}
    assert all(excess <= allowed[unit] for unit, excess in over.items()), over
    assert max(found[unit.value] / limit for unit, limit in limits.items()) > 0.4, "hardly used"


def test_cpu_seconds_are_kept_beside_what_they_were_charged_for(tmp_path, monkeypatch):
    executor = Simulated(2, Random(0))
    found = spent(tmp_path, monkeypatch, "31evals", executor, 0)
    assert found["cpu_s"] == pytest.approx(sum(usage.cpu_s for usage in executor.ended))
    assert found["device_s"] == pytest.approx(4 * found["cpu_s"])


class Talker:
    """A strong model whose replies cost much, but never more than the bound of a call."""

    def __init__(self):
        self.model = StrongModel(code=self.point, debug=self.point)

    def __call__(self, body):
        said = self.model(body)
        used = {"prompt_tokens": 400, "completion_tokens": 500, "total_tokens": 900}
        return Answer(said, usage=used) if isinstance(said, str) else said

    def point(self, body):
        return f"```python\nX = {body['seed'] % 19}\nY = 4\n```"


@pytest.mark.parametrize(("budget", "unit"), [("12ktok", "tokens"), ("$0.012", "usd")])
def test_tokens_and_money_are_never_passed_at_all(tmp_path, budget, unit):
    endpoint = Endpoint(Talker())
    models = {"model": "strong", "api_base": endpoint.api_base, "concurrency": 3}
    models |= {"prices": {"strong": {"prompt": 1.0, "completion": 1.0}}, "attempts": 1}
    text = f"{budget},30evals"
    settings = Settings(TOY, Budget.parse(text), slots=1, value_model=False, models=models)
    with open_memory(tmp_path / "toy.db") as memory:
        summary = run_campaign(settings, memory)
        told = [call.error for call in calls.of_campaign(memory, summary.campaign_id)]
    endpoint.close()
    limit = summary.limits[unit]
    assert 0.3 * limit < summary.spent[unit] <= limit
    assert any(error.startswith("budget: ") for error in told), "it was never in the way"


@pytest.mark.parametrize("slots", [1, 3])
@pytest.mark.parametrize("space", [True, False])
def test_slow_models_do_not_pass_wall_time(tmp_path, monkeypatch, slots, space):
    executor, waited, told = Simulated(slots, Random(0)), [], []

    def send(self, request, timeout_s):
        waited.append(timeout_s)
        executor.now += timeout_s
        raise Unavailable("no reply", transient=True, maybe_billed=True)

    monkeypatch.setattr(LiteLLMTransport, "send", send)
    if not space:
        monkeypatch.setattr(type(load_domain(TOY)), "space", None)
    models = {"model": "strong", "api_base": "http://127.0.0.1:9/v1", "timeout_s": "100"}
    found = spent(tmp_path, monkeypatch, "3m", executor, 0, models, told)
    assert waited and waited[-1] < 100, "no call was cut short"
    assert [turn.message for turn in told if isinstance(turn, Phase)].count(ASKING) == 1
    assert 0.75 * 180 <= found["wall_s"] <= 180 + LIMIT_S
