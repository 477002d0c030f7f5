"""What LangGraph does but once: done before any child is made, so that all of them share it."""

from __future__ import annotations

from typing import TypedDict

from langgraph.graph import END, START, StateGraph


class _State(TypedDict, total=False):
    question: str
    answer: str


def _say(state: _State) -> _State:
    return {"answer": state["question"]}


def _answered(state: _State) -> bool:
    return bool(state["answer"])


def _run() -> None:
    builder = StateGraph(_State)
    builder.add_node("say", _say)
    builder.add_edge(START, "say")
    builder.add_conditional_edges("say", _answered, {True: END, False: "say"})
    builder.compile().invoke({"question": "?"})


_run()
