"""The team: who works after whom, as a graph with bounded loops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..memory import candidates
from ..space import Candidate, Evaluation, Status
from . import code, recall, verdicts
from .coder import Coder, candidate_of
from .context import Library
from .critic import CriticBefore
from .desk import Desk
from .draft import State, Way
from .llm import Settings
from .planner import NoveltyJudge, Planner

Gate = Callable[[Candidate], Evaluation]
"""Runs the domain's checks on a draft: the executable gates."""


@dataclass(frozen=True)
class Roster:
    """Who is in the team, for ablations, and how often something may be tried again.

    `evolve_prompts` lets models write advice for each role, tried against none. However many
    proposals are asked for at once, at most `width` are made.
    """

    planner: bool = True
    novelty: bool = True
    critic_before: bool = True
    critic_after: bool = True
    retrieval: bool = True
    level_by_level: bool = True
    evolve_prompts: bool = False
    way: Way | None = None
    width: int = 4
    menu_size: int = 12
    max_repeats: int = 2
    max_repairs: int = 3

    @classmethod
    def of(cls, settings: Settings) -> Roster:
        """The team that the settings ask for."""
        switched_off: dict[str, Any] = dict.fromkeys(settings.without, False)
        return cls(evolve_prompts=settings.evolve_prompts, **switched_off)


@dataclass(frozen=True)
class Gatekeeper:
    """Says whether a draft is a new program that passes the gates. Not a model."""

    desk: Desk
    gate: Gate | None

    def __call__(self, state: State) -> dict[str, Any]:
        draft = state["draft"]
        assert draft is not None
        fault = code.syntax_fault(draft.source)
        if fault is not None:
            return {"fault": fault, "candidate": None}
        candidate = candidate_of(state)
        decision = state["turn"].decision
        fault = self._duplicate(candidate) or self._rejection(candidate, decision)
        return {"fault": fault, "candidate": None if fault else candidate}

    def _duplicate(self, candidate: Candidate) -> str:
        if candidate.id in candidate.parents:
            return "the program is the same as its parent: nothing was changed but its layout"
        if not candidates.exists(self.desk.memory, candidate.id):
            return ""
        outcome = recall.results(self.desk.memory, candidate.id)
        return f"this very program was tried before. {outcome}"

    def _rejection(self, candidate: Candidate, decision: int | None) -> str:
        if self.gate is None:
            return ""
        memory, campaign = self.desk.memory, self.desk.campaign
        verdict = verdicts.find(memory, campaign, candidate.id)
        if verdict is None:
            verdict = self.gate(candidate)
            verdicts.keep(memory, campaign, candidate, verdict, decision)
        passed = verdict.status is Status.OK
        return "" if passed else verdict.reason or f"the gates ended with {verdict.status}"


def build(desk: Desk, library: Library, roster: Roster, gate: Gate | None) -> Any:
    """The compiled graph over `State`. It ends with a candidate, or with why there is none."""
    from langgraph.graph import END, START, StateGraph

    coder = Coder(desk, roster.way, roster.menu_size, library.chars)
    graph = StateGraph(State)
    graph.add_node("coder", coder)
    graph.add_node("gatekeeper", Gatekeeper(desk, gate))
    graph.add_node("debugger", coder.repair)
    if roster.planner:
        graph.add_node("planner", Planner(desk))
        graph.add_edge(START, "planner")
        if roster.novelty:
            graph.add_node("novelty", NoveltyJudge(desk, library, roster.max_repeats))
            graph.add_edge("planner", "novelty")
            graph.add_conditional_edges("novelty", _after_plan, ["planner", "coder"])
        else:
            graph.add_conditional_edges("planner", _after_plan, ["planner", "coder"])
    else:
        graph.add_edge(START, "coder")
    if roster.critic_before:
        graph.add_node("critic", CriticBefore(desk, library.chars))
        graph.add_edge("coder", "critic")
        ends = ["gatekeeper", "debugger", END]
        graph.add_conditional_edges("critic", _after_critic(END), ends)
    else:
        graph.add_edge("coder", "gatekeeper")
    graph.add_edge("debugger", "gatekeeper")
    graph.add_conditional_edges("gatekeeper", _after_gate(roster, END), ["debugger", END])
    return graph.compile()


def _after_plan(state: State) -> str:
    return "planner" if state["levels"] else "coder"


def _after_critic(end: str) -> Callable[[State], str]:
    routes = {"run": "gatekeeper", "revise": "debugger", "drop": end}
    return lambda state: routes[state["verdict"]]


def _after_gate(roster: Roster, end: str) -> Callable[[State], str]:
    def route(state: State) -> str:
        again = state["candidate"] is None and state["repairs"] < roster.max_repairs
        return "debugger" if again else end

    return route
