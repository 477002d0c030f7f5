"""Published workflows as blueprints of the grammar, and the plainest solvers without a model."""

from __future__ import annotations

from ..blueprint import Blueprint, Value, make
from .solvers import SOLVERS


def references(*, models: bool = True) -> dict[str, Blueprint]:
    """Name to blueprint; without `models` only those that ask no language model."""
    found = {**_without_model(), **(_with_model() if models else {})}
    return {name: make("workflow", body) for name, body in found.items()}


def _without_model() -> dict[str, Blueprint]:
    """One solver each, as it comes, and a few of them in turn."""
    return {
        "calculator": solver("arithmetic"),
        "sorter": solver("sorting"),
        "number-search": solver("number_search"),
        "calculator-then-sorter": first(solver("arithmetic"), solver("sorting")),
        "solvers-by-cue": make(
            "route",
            solver("sorting"),
            first(solver("divisors"), solver("arithmetic")),
            cue="list",
        ),
    }


def _with_model() -> dict[str, Blueprint]:
    vote = make("vote")
    thought = ask("step_by_step", temperature=0.7)
    plain = ask("plain")
    planned = make("then", make("plan"), make("retrieve", documents=3, query="written"))
    both = make(
        "then",
        planned,
        make("then", make("retrieve", documents=3, query="question"), make("refine_evidence")),
    )
    return {  # by the calls that they take, the fewest first
        "single-call": plain,
        "chain-of-thought": ask("step_by_step"),
        "retrieval": make("prepared", make("retrieve", documents=3, query="question"), plain),
        "program-of-thought": make("program", repairs=0),
        "router": make("router", make("program", repairs=1), ask("step_by_step")),
        "react": agent("no_planning", make("remember_all")),
        "plan-execute-memory": agent("plan_first", make("remember_summary")),
        "planner-with-sub-agents": make("prepared", both, plain),
        "self-refine": refined(plain, make("critique", temperature=0.0)),
        "self-consistency": make("ensemble", thought, vote, samples=5),
        "generate-test-repair": refined(make("program", repairs=2), make("test"), "again"),
        "debate": make("debate", ask("step_by_step"), ask("check_twice"), make("rank"), rounds=2),
        "panel-with-diagnosis": refined(
            make("panel", *(persona(role) for role in _ROLES), _fuse()), make("verify")
        ),
        "layered-ensemble": make("panel", *(_layer(role) for role in _ROLES), _fuse()),
        "tree-of-thoughts": make("tree_of_thoughts", width=3, depth=2, kept=2),
    }


_ROLES = ("mathematician", "programmer", "logician")


def solver(method: str, **params: Value) -> Blueprint:
    """A solver with its defaults, but for `params`."""
    defaults = {name: choice.values[0] for name, choice in SOLVERS[method].params.items()}
    return make("solve", make(method, **{**defaults, **params}))


def first(*answers: Blueprint) -> Blueprint:
    """Several in turn, until one has an answer."""
    head, *rest = answers
    return make("first", head, first(*rest)) if rest else head


def ask(instruction: str, temperature: float = 0.0) -> Blueprint:
    """One call of the model with this instruction."""
    return make("ask", make(instruction), temperature=temperature, max_tokens=256)


def persona(role: str) -> Blueprint:
    """One call in this role."""
    return make("ask", make("persona", role=role), temperature=0.3, max_tokens=256)


def refined(body: Blueprint, critic: Blueprint, repair: str = "revise") -> Blueprint:
    """The body under criticism, for two rounds."""
    return make("refined", body, critic, rounds=2, repair=repair)


def agent(planning: str, memory: Blueprint) -> Blueprint:
    """Tool use in up to six steps."""
    return make("agent", make(planning), memory, steps=6)


def _layer(role: str) -> Blueprint:
    return make("pair", persona(role), ask("plain", temperature=0.7), _fuse())


def _fuse() -> Blueprint:
    return make("fuse", temperature=0.0)
