"""`discover value`: what the value model knows, and what it expects."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .border import UserError, program_bytes, require_lying, users_file
from .options import Database, Json
from .outputs import new_file
from .text import plain

if TYPE_CHECKING:
    from ..evaluators.domain import Domain as DomainOfCandidates
    from ..value_model import Sample, Tiered
    from ..value_model.dataset import Dataset

app = typer.Typer(
    name="value", add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)

Domain = Annotated[
    str,
    typer.Option("--domain", metavar="NAME|FILE", help="Whose results, where there are several."),
]
TierName = Annotated[
    str, typer.Option("--tier", metavar="T", help="Of which tier, where there are several.")
]
From = Annotated[
    list[Path] | None,
    typer.Option("--from", metavar="FILE", help="A memory, or a data set that `train` wrote."),
]


@app.callback()
def value() -> None:
    """Ask the model that decides which proposals are worth running."""


@app.command()
def report(
    plot: Annotated[
        Path | None,
        typer.Option(
            "--plot",
            metavar="FILE",
            callback=new_file,
            help="Draw predicted against measured, in HTML.",
        ),
    ] = None,
    db: Database = Path("discover.db"),
    as_json: Json = False,
) -> None:
    """Show predicted against measured scores of each campaign in the memory."""
    from ..memory import campaigns, open_memory, predictions
    from ..search.report.hindsight import worth

    with open_memory(db, create=False, read_only=True) as memory:
        found = [
            (campaign, hindsight, judged)
            for campaign in campaigns.all_campaigns(memory)
            for judged in [predictions.judged(memory, campaign.id)]
            if (hindsight := worth(memory, campaign.id, judged)) is not None
        ]
    if plot is not None:
        from ..search.plots import PlotsMissing
        from ..search.report.hindsight_plot import draw

        try:
            with users_file(plot):
                draw({f"{c.domain} {c.id}": judged for c, _, judged in found}, plot)
        except PlotsMissing as missing:
            raise UserError(str(missing)) from None
    if as_json:
        print(
            json.dumps([{"campaign": c.id, "domain": c.domain, **asdict(h)} for c, h, _ in found])
        )
        return
    if not found:
        print(f"{db}: no campaign has predictions of a value model yet")
    for campaign, hindsight, _ in found:
        print(f"{campaign.id}  {plain(campaign.domain)}  {plain(hindsight.sentence)}")


@app.command()
def train(
    domain: Domain = "",
    tier: TierName = "",
    sources: From = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", callback=new_file, help="Write the data set, gzipped."
        ),
    ] = None,
    db: Database = Path("discover.db"),
    as_json: Json = False,
) -> None:
    """Learn from memories and data sets, and say how well it ranks results held back."""
    learnt = _learn(sources or [db], domain, tier)
    if out is not None:
        with users_file(out):
            learnt.data.save(out)
    print(json.dumps(learnt.summary()) if as_json else learnt.words())


@app.command()
def predict(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Candidates' sources.")],
    domain: Domain = "",
    tier: TierName = "",
    sources: From = None,
    db: Database = Path("discover.db"),
    as_json: Json = False,
) -> None:
    """Predict the scores of source files from what was learnt. Nothing of them is run.

    Scores are turned so that higher is better: those to be minimised are negative.
    """
    asked = [_read(path) for path in files]
    learnt = _learn(sources or [db], domain, tier)
    predictions = learnt.model.predict([learnt.ask(source) for source in asked])
    if as_json:
        rows = [
            {"file": str(path), "mean": p.mean, "spread": p.spread}
            for path, p in zip(files, predictions, strict=True)
        ]
        print(json.dumps({**learnt.summary(), "predictions": rows}))
        return
    print(learnt.words(bare=True))
    for path, p in zip(files, predictions, strict=True):
        print(f"{p.mean:.4g} +- {p.spread:.2g}  {plain(str(path))}")


@dataclass(frozen=True)
class Learnt:
    """A model of one domain's tiers, what it learnt from, and the tier that was asked about."""

    domain: str
    tier: str
    data: Dataset
    model: Tiered
    known: DomainOfCandidates | None
    """The domain itself, where it is there."""

    def ask(self, source: str) -> Sample:
        from ..space import Candidate
        from ..value_model import Sample

        name = sha256(source.encode("utf-8", "surrogateescape")).hexdigest()
        return _informed(Sample(Candidate(name, source), self.domain, self.tier), self.known)

    def words(self, *, bare: bool = False) -> str:
        status = self.model.status(self.tier, bare=bare)
        return plain(f"{self.domain} at {self.tier}: {status}")

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


def _learn(sources: list[Path], domain: str, tier: str) -> Learnt:
    """Learn the named tier of the named domain, or the only one; other tiers that rank help."""
    from ..evaluators.registry import is_file, load_domain
    from ..value_model import Tiered
    from ..value_model.dataset import Dataset

    named = load_domain(domain) if is_file(domain) else None
    pairs = [pair for path in sources for pair in _pairs(path)]
    where = ", ".join(map(str, sources))
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
        raise UserError(f"{where}: {error}") from None
    return Learnt(domain, tier, data, model, known)


def _installed(name: str) -> DomainOfCandidates | None:
    """The domain of this name, if there is one here. A data set may give anything for a name: no
    file is loaded for it."""
    from ..evaluators.domain import DomainError
    from ..evaluators.registry import is_file, load_domain

    try:
        return None if is_file(name) else load_domain(name)
    except DomainError:
        return None


def _blind(domain: DomainOfCandidates | None) -> set[str]:
    """The tiers whose scores order nothing."""
    return {tier.name for tier in domain.tiers if not tier.ranks} if domain else set()


def _informed(sample: Sample, domain: DomainOfCandidates | None) -> Sample:
    """`sample` with what its domain knows without a run, where no gate has measured anything."""
    from ..search.campaign.expectations import free_figures

    if domain is None or sample.free:
        return sample
    return replace(sample, free=free_figures(domain, sample.candidate))


def _only(option: str, wanted: str, found: list[str], where: str) -> str:
    """`wanted`, or the only one of `found` where nothing is wanted: scores of two do not mix."""
    counts = Counter(found).most_common()
    if not counts:
        raise UserError(f"{where}: there are no scored results to learn from")
    there = ", ".join(f"{name} ({n})" for name, n in counts)
    if wanted and wanted not in dict(counts):
        raise UserError(f"{option} {wanted}: {where} has results of {there}")
    if not wanted and len(counts) > 1:
        raise UserError(f"{option}: expected one of those that {where} has results of: {there}")
    return wanted or counts[0][0]


def _pairs(path: Path) -> list[tuple[Sample, float]]:
    from ..memory import open_memory
    from ..search.report.value_dataset import value_dataset
    from ..value_model.dataset import Dataset, DatasetError

    require_lying(path, "a memory or a data set")
    with users_file(path), path.open("rb") as file:
        gzipped = file.read(2) == b"\x1f\x8b"
    try:
        if gzipped:
            data = Dataset.load(path)
        else:
            with open_memory(path, create=False, read_only=True) as memory:
                data = value_dataset(memory)
    except DatasetError as error:
        raise UserError(str(error)) from error
    return list(zip(data.samples, data.scores, strict=True))


def _read(path: Path) -> str:
    """The file's text, whatever its bytes: features read it, nothing runs it."""
    return program_bytes(path).decode("utf-8", "surrogateescape")
