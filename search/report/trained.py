"""A value model of what memories and data sets hold, to be asked outside a campaign."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from ...evaluators.domain import Domain, DomainError
from ...evaluators.foreknowledge import free_figures
from ...evaluators.registry import is_file, load_domain
from ...space import Candidate
from ...value_model import Sample, Tiered
from ...value_model.dataset import Dataset


class CannotTrain(ValueError):
    """Results that no model can be made of; the message is one line for the user."""


@dataclass(frozen=True)
class TrainedModel:
    """A model of one domain's tiers, what it learnt from, and the tier that was asked about."""

    domain: str
    tier: str
    data: Dataset
    model: Tiered
    known: Domain | None
    """The domain itself, where it is there."""

    def ask(self, source: str) -> Sample:
        name = sha256(source.encode("utf-8", "surrogateescape")).hexdigest()
        return _informed(Sample(Candidate(name, source), self.domain, self.tier), self.known)

    def words(self, *, bare: bool = False) -> str:
        status = self.model.status(self.tier, bare=bare)
        return f"{self.domain} at {self.tier}: {status}"

    def summary(self) -> dict[str, object]:
        figures: dict[str, object] = {
            "domain": self.domain,
            "tier": self.tier,
            "results": sum(sample.tier == self.tier for sample in self.data.samples),
            "status": self.model.status(self.tier),
        }
        transfer = self.model.transfer(self.tier)
        report = self.model.model.report if self.tier == self.model.base else None
        if transfer is not None:
            correlation = transfer.fitted.correlation
            figures |= {"tau": transfer.tau, "base": self.model.base, "correlation": correlation}
        if report is not None:
            figures["tau"] = report.tau
            figures["parent_tau"] = report.parent_tau
            figures["coverage"] = report.coverage.at(0.9)
            figures["calibration"] = report.coverage.error
            figures["shares"] = dict(report.shares)
        return figures


def train(
    pairs: Sequence[tuple[Sample, float]], domain: str, tier: str, where: str
) -> TrainedModel:
    """Learn the named tier of the named domain, or the only one; other tiers that rank help.

    `where` says where the pairs come from. Raises CannotTrain, and DomainError for a file of a
    domain that cannot be loaded.
    """
    named = load_domain(domain) if is_file(domain) else None
    domain = named.name if named else domain
    domain = _only("--domain", domain, [sample.domain for sample, _ in pairs], where)
    pairs = [(sample, score) for sample, score in pairs if sample.domain == domain]
    tier = _only("--tier", tier, [sample.tier for sample, _ in pairs], where)
    known = named or _installed(domain)
    blind = _blind(known) - {tier}
    pairs = [(_informed(sample, known), y) for sample, y in pairs if sample.tier not in blind]
    data = Dataset(tuple(sample for sample, _ in pairs), tuple(score for _, score in pairs))
    data = data.merged()
    model = Tiered()
    try:
        model.fit(data.samples, data.scores)
    except ValueError as error:  # of two scores near the largest number, the median is none
        raise CannotTrain(f"{where}: {error}") from None
    return TrainedModel(domain, tier, data, model, known)


def _installed(name: str) -> Domain | None:
    """The domain of this name, if there is one here. A data set may give anything for a name: no
    file is loaded for it."""
    try:
        return None if is_file(name) else load_domain(name)
    except DomainError:
        return None


def _blind(domain: Domain | None) -> set[str]:
    """The tiers whose scores order nothing."""
    return {tier.name for tier in domain.tiers if not tier.ranks} if domain else set()


def _informed(sample: Sample, domain: Domain | None) -> Sample:
    """`sample` with what its domain knows without a run, where no gate has measured anything."""
    if domain is None or sample.free:
        return sample
    return replace(sample, free=free_figures(domain, sample.candidate))


def _only(option: str, wanted: str, found: list[str], where: str) -> str:
    """`wanted`, or the only one of `found` where nothing is wanted: scores of two do not mix."""
    counts = Counter(found).most_common()
    if not counts:
        raise CannotTrain(f"{where}: there are no scored results to learn from")
    there = ", ".join(f"{name} ({n})" for name, n in counts)
    if wanted and wanted not in dict(counts):
        raise CannotTrain(f"{option} {wanted}: {where} has results of {there}")
    if not wanted and len(counts) > 1:
        raise CannotTrain(f"{option}: expected one of those that {where} has results of: {there}")
    return wanted or counts[0][0]
