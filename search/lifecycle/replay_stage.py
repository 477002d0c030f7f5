"""Where an author stands when a campaign's decisions are made again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ...agents import verdicts
from ...agents.author import Author
from ...evaluators.domain import Domain
from ...memory import Memory, candidates, evaluations
from ...memory.campaigns import Campaign
from ...memory.evaluations import StoredEvaluation
from ...memory.events import Event
from ...memory.rewind import rewound
from ...space import Candidate, Evaluation
from ..campaign.learner import Learner
from ..campaign.reflection import reflect
from ..setup.authors import grammar_author, make_author, read_models
from ..setup.settings import Settings

if TYPE_CHECKING:
    from ...agents.llm.recording import Recording


class Stage(Protocol):
    """Gives authors, and tells them what memory would have told them then."""

    def begin(self, begun: Event) -> Author:
        """The author of a process that begins or goes on."""
        ...

    def decided(self, candidate: Candidate, decision: int | None) -> None:
        """A candidate was chosen to be run."""
        ...

    def landed(self, learner: Learner[Any], stored: StoredEvaluation) -> None:
        """A run has ended, and `learner` knows of it."""
        ...

    @property
    def last_word(self) -> str:
        """What the author last had to say, or empty."""
        ...


@dataclass(frozen=True)
class GrammarStage:
    """The grammar needs nothing but its space."""

    domain: Domain
    last_word: str = ""

    def begin(self, begun: Event) -> Author:
        return grammar_author(self.domain)

    def decided(self, candidate: Candidate, decision: int | None) -> None:
        pass

    def landed(self, learner: Learner[Any], stored: StoredEvaluation) -> None:
        pass


@dataclass
class TeamStage:
    """Language models read memory: each process gets one as it was when that began.

    They answer by `recording`, and drafts get the verdicts that `record` holds. Copies are
    made in `folder`.
    """

    campaign: str
    settings: Settings
    domain: Domain
    record: Memory
    recording: Recording
    folder: Path
    _words: list[str] = field(default_factory=list)
    _memory: Memory | None = None
    _author: Author | None = None

    def begin(self, begun: Event) -> Author:
        self.close()
        path = self.folder / f"{begun.sequence}.db"
        self._memory = rewound(self.record, path, begun.created)
        self._author = make_author(
            self.settings,
            self.domain,
            self._memory,
            self.campaign,
            self._words.append,
            self._verdict,
            self.recording,
        )
        return self._author

    def close(self) -> None:
        """Drop the copy of the memory."""
        if self._memory is not None:
            self._memory.close()
            self._memory.path.unlink()
            self._memory = None

    def decided(self, candidate: Candidate, decision: int | None) -> None:
        assert self._author is not None and self._memory is not None
        author = self._author.name if decision is not None else "memory"
        candidates.propose(self._memory, self.campaign, candidate, author=author, decision=decision)

    def landed(self, learner: Learner[Any], stored: StoredEvaluation) -> None:
        assert self._memory is not None
        run, evaluation = stored.run, stored.evaluation
        evaluations.finish(self._memory, self.campaign, evaluation, purpose=run.purpose)
        reflect(learner, self._memory, run, evaluation)

    @property
    def last_word(self) -> str:
        return self._words[-1] if self._words else ""

    def _verdict(self, candidate: Candidate) -> Evaluation:
        from ...agents.llm import NotRecorded

        found = verdicts.find(self.record, self.campaign, candidate.id)
        if found is None:
            raise NotRecorded(f"the recording holds no verdict on the draft {candidate.id}")
        return found


@contextmanager
def stage_for(
    memory: Memory, stored: Campaign, settings: Settings, domain: Domain, recording: Recording
) -> Iterator[Stage]:
    """The stage that the campaign's author needs; its copies of `memory` go with it."""
    if read_models(settings) is None:
        yield GrammarStage(domain)
        return
    with tempfile.TemporaryDirectory() as folder:
        stage = TeamStage(stored.id, settings, domain, memory, recording, Path(folder))
        with closing(stage):
            yield stage
