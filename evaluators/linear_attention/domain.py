"""The linear-attention domain: causal sub-quadratic mixers, judged on small proxy tasks."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from ...sandbox import Session
from ...space import Candidate, Space
from ..domain import Measurement, Objective, Rejected, Tier, Verdict
from . import calibration as frozen
from .calibration import Calibration, CalibrationError
from .exam import MIXING, TRAINING, sit
from .gates import HARNESS, run_gates
from .score import raw_metrics, scores
from .tiers import EXAMS, PROTOCOL, TIERS

BRIEF = Path(__file__).with_name("brief.md")
REACHED = (
    "## What the references reach at quick (median over seeds)",
    "| design | score | recall accuracy | markov loss | text loss | parity accuracy |",
    "|---|---|---|---|---|---|",
)
"""The head of the brief's table of references, which stands only over measured figures."""
SMOKE_MARGIN = 0.3
"""Nats above the identity's loss at which the smoke tier gives a mixer up."""


class LinearAttention:
    """See brief.md. `calibration` replaces the shipped figures, in tests."""

    name = "linear-attention"
    tiers: Sequence[Tier] = TIERS
    objectives: Sequence[Objective] = (Objective("score"), Objective("state_tracking"))
    descriptors: Sequence[str] = ("recall", "state_tracking")
    preload: Sequence[str] = tuple(name.partition(":")[0] for name in (HARNESS, TRAINING, MIXING))
    """Modules that a sandbox may import before any candidate."""

    def __init__(self, calibration: Calibration | None = None) -> None:
        self._calibration = calibration

    @property
    def calibration(self) -> Calibration:
        """The frozen figures. Raises CalibrationError where there are none."""
        return self._calibration or frozen.load()

    @property
    def protocol(self) -> str:
        """Changes with the protocol, and with the losses that scores are measured against."""
        try:
            figures = [
                f"{tier} {task} {anchor.identity:.6g} {anchor.floor:.6g}"
                for tier in EXAMS
                if self.calibration.covers(tier)
                for task, anchor in self.calibration.anchors(tier).items()
            ]
        except CalibrationError:
            return str(PROTOCOL)
        return f"{PROTOCOL}.{hashlib.sha256(repr(figures).encode()).hexdigest()[:12]}"

    @cached_property
    def brief(self) -> str:
        """The contract, and what the references reach where that was measured."""
        text = BRIEF.read_text()
        try:
            table = self.calibration.table("quick")
        except CalibrationError:
            return text
        lines = [
            f"| {name} | {row['score'].median:.2f} | {row['icr_accuracy'].median:.2f} "
            f"| {row['markov_loss'].median:.3f} | {row['lm_loss'].median:.3f} "
            f"| {row['parity_accuracy'].median:.2f} |"
            for name, row in table.items()
        ]
        return "\n".join([text, *REACHED, *lines]) + "\n"

    @cached_property
    def space(self) -> Space:
        from ...space.linear_attention import space

        return space()

    @cached_property
    def references(self) -> Mapping[str, Candidate]:
        from ...space.linear_attention import references

        return {
            name: Candidate.from_source(
                self.space.render(blueprint), blueprint=blueprint, name=name
            )
            for name, blueprint in references().items()
        }

    def gate(self, candidate: Candidate, session: Session) -> Sequence[Verdict]:
        """Softmax attention and the identity fail here: they are controls, not candidates."""
        return run_gates(candidate.source, session)

    def run(self, candidate: Candidate, tier: Tier, seed: int, session: Session) -> Measurement:
        return self._measure(candidate, tier, seed, session, final=False)

    def verify(self, candidate: Candidate, tier: Tier, seed: int, session: Session) -> Measurement:
        """Scored by the audit: by answers that were given before what follows was shown."""
        return self._measure(candidate, tier, seed, session, final=True)

    def _measure(
        self, candidate: Candidate, tier: Tier, seed: int, session: Session, *, final: bool
    ) -> Measurement:
        anchors = self.calibration.anchors(tier.name)
        results = sit(EXAMS[tier.name], candidate.source, seed, session, final=final)
        raw = raw_metrics(results)
        if not tier.ranks:
            _reject_hopeless(raw["lm_loss"], anchors["lm"].identity + SMOKE_MARGIN)
        curves = {f"{name}_loss": result.curve for name, result in results.items()}
        return Measurement({**scores(raw, anchors), **raw}, curves)

    def reference_metrics(self, tier: str) -> Mapping[str, Mapping[int, Mapping[str, float]]]:
        """The shipped runs by reference and seed; empty for a tier that was not measured.

        Figures of a reference whose program has changed since are left out.
        """
        found: dict[str, dict[int, Mapping[str, float]]] = {}
        if self.calibration.covers(tier):
            for name, seed, metrics in self.calibration.scored(tier):
                record = self.calibration.runs[tier][name][str(seed)]
                if name in self.references and record["candidate"] == self.references[name].id:
                    found.setdefault(name, {})[seed] = metrics
        return found

    def noise(self, tier: str) -> float:
        """One seed's standard deviation of the score, pooled over the shipped references."""
        if not self.calibration.covers(tier):
            return 0.0
        rows = [row["score"] for row in self.calibration.table(tier).values()]
        repeated = [spread.std**2 for spread in rows if spread.seeds > 1]
        return math.sqrt(sum(repeated) / len(repeated)) if repeated else 0.0


def _reject_hopeless(loss: float, threshold: float) -> None:
    if loss > threshold:
        message = f"smoke: loss on byte text: measured {loss:.4g}, threshold {threshold:.4g}"
        raise Rejected(Verdict("smoke", False, message, loss, threshold))
