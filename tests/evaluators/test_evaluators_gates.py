"""Every planted cheat is turned away by its gate, and honest mixers pass."""

from functools import partial

import numpy as np
import pytest
from safetensors.numpy import save

from discover.evaluators import GATE_LIMITS, check
from discover.evaluators.linear_attention.domain import LinearAttention
from discover.evaluators.linear_attention.gates import COSTS, GATES, run_gates
from discover.evaluators.linear_attention.probes import GateOps
from discover.sandbox import Job, LimitExceeded, LocalExecutor
from discover.space import Candidate, Status

from .mixers import CHEATS, LINEAR, WINDOWED_SOFTMAX, mixer

domain = LinearAttention()

CONTROLS = {"identity": "parameters", "softmax-attention": "scaling"}
"""References that are there to compare with, and the gate that turns them away."""


@pytest.mark.parametrize("name", CHEATS)
def test_cheat_is_rejected_by_its_gate(name, counting_session):
    gate, source = CHEATS[name]
    *passed, last = run_gates(source, counting_session)
    assert (last.gate, last.passed) == (gate, False), last.message
    assert all(verdict.passed for verdict in passed)
    assert last.message.startswith(f"{gate}: ")
    if last.measured is not None:
        assert f"measured {last.measured:.4g}, threshold {last.threshold:.4g}" in last.message
    if "exponent" in last.message:
        assert last.measured == pytest.approx(2, abs=0.3)


def test_static_gate_says_where(session):
    source = LINEAR + "\nimport numpy.random\n"
    (verdict,) = run_gates(source, session)
    assert f"line {len(source.splitlines())}: imports numpy.random" in verdict.message
    assert session.opened == 0


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("LAYERS = ('Mixer', 'Nowhere')", "no class Nowhere"),
        ("LAYERS = tuple(['Mixer'])", "line 1: LAYERS must be a literal"),
        ("LAYERS = ()", "LAYERS is a tuple"),
        ("NORM = 'none'", "NORM is one of pre, post, sandwich; got 'none'"),
        ("RECIPE = {'lr': 'high'}", "RECIPE is a dict of numbers"),
        (f"RECIPE = {{'lr': 0x{'f' * 5000}}}", "got an integer of thousands of digits"),
    ],
)
def test_framework_names_are_checked(line, fault, session):
    verdict = run_gates(f"{line}\n{LINEAR}", session)[-1]
    assert not verdict.passed
    assert fault in verdict.message


def test_recipe_out_of_bounds_is_rejected(session):
    verdict = run_gates("RECIPE = {'lr': 100}\n" + LINEAR, session)[-1]
    assert not verdict.passed
    assert "RECIPE['lr'] lies in [0.1, 10.0]; got 100" in verdict.message


def test_attention_in_a_window_is_linear_in_time_and_passes(counting_session):
    """Also where the window holds all that the tasks show: the contract asks for no less."""
    *_, last = run_gates(WINDOWED_SOFTMAX, counting_session, exempt=GATES.keys() - {"scaling"})
    assert last.passed, last.message
    assert last.figures["scaling_slope_0"] == pytest.approx(1, abs=0.05)


def test_layers_are_those_that_the_source_declares(counting_session):
    """Whatever the module does to its names when it runs."""
    ghost = mixer("return x\n", "raise RuntimeError('built')\n").replace("Mixer", "Ghost")
    source = f"{LINEAR}\n{ghost}\nfor LAYERS in [('Mixer', 'Ghost')]:\n    pass\n"
    *_, last = run_gates(source, counting_session, exempt={"scaling"})
    assert last.passed, last.message


def test_the_size_is_counted_in_the_weights_and_not_told_by_the_child(session, monkeypatch):
    huge = save({"blocks.0.mixer.q": np.zeros(200_000, np.float32)})
    told = {"weights": huge, "parameters": 115_648, "kinds": 0}
    monkeypatch.setattr(GateOps, "build", lambda self, vocab: told)
    last = run_gates(LINEAR, session)[-1]
    assert (last.gate, last.passed) == ("parameters", False)
    assert "has 200000 parameters against 115648" in last.message


@pytest.mark.parametrize(
    ("resource", "status"),
    [("wall", Status.TIMEOUT), ("cpu", Status.TIMEOUT), ("memory", Status.FAILED)],
)
def test_a_limit_within_a_gate_is_no_rejection(resource, status, session, monkeypatch):
    def hang(self, **arguments):
        raise LimitExceeded(resource, "the child used more than it had")

    monkeypatch.setattr(GateOps, "mix", hang)
    found = check(domain, Candidate.from_source(LINEAR), session)
    assert (found.status, found.reason) == (status, "lengths: the child used more than it had")


def test_every_layer_is_gated(counting_session):
    other = mixer("return self.attend(torch.cat([x[:, 1:], x[:, -1:]], dim=1))\n")
    hybrid = LINEAR + other.replace("class Mixer", "class Peeking")
    verdict = run_gates("LAYERS = ('Mixer', 'Peeking')\n" + hybrid, counting_session)[-1]
    assert verdict.gate == "causality"


def test_honest_mixer_passes_and_yields_figures(counting_session):
    verdicts = run_gates(LINEAR, counting_session)
    assert [v.gate for v in verdicts] == ["source", *GATES]
    assert all(v.passed for v in verdicts), verdicts[-1].message
    figures = {name: value for v in verdicts for name, value in v.figures.items()}
    assert figures["parameters"] == 115_648
    assert figures["scaling_slope_0"] == pytest.approx(1, abs=0.05)
    assert figures["overfit_ratio"] < 0.8
    assert {"jacobian_0", "synflow_0", "gradient_inputs_0", "overfit_step_5"} <= set(figures)
    assert {f"{cost}_per_token_128_0" for cost in COSTS} <= set(figures)


def test_what_the_child_tells_for_the_value_model_decides_nothing(session, monkeypatch):
    told = {"flops": "many", "activation_bytes": None, "backward_ns": 7.0}
    monkeypatch.setattr(GateOps, "costs", lambda self, **_: told)
    monkeypatch.setattr(GateOps, "proxies", lambda self, **_: {"jacobian": [1.0]})
    *_, last = run_gates(LINEAR, session, exempt=GATES.keys() - {"gradients"})
    assert last.passed, last.message
    gradients = {"gradient_inputs_0", "gradient_parameters_0"}
    assert last.figures.keys() == {*gradients, "backward_ns_per_token_128_0"}


@pytest.mark.parametrize("name", ["gated-deltanet", "hyena"])
def test_reference_passes(name, counting_session):
    assert run_gates(domain.references[name].source, counting_session)[-1].passed


@pytest.mark.slow
def test_all_references_pass_in_the_sandbox_but_the_controls():
    executor = LocalExecutor(slots=1, preload=domain.preload)
    try:
        for name, candidate in domain.references.items():
            work = partial(check, domain.name, candidate)
            executor.submit(Job(name, work, GATE_LIMITS))
        reasons = {}
        for _ in domain.references:
            completion = executor.next()
            assert completion.error is None
            reasons[completion.job_id] = completion.value.reason
    finally:
        executor.close()
    turned_away = {name: reason.split(":")[0] for name, reason in reasons.items() if reason}
    assert turned_away == CONTROLS, reasons
