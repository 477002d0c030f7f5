"""What workflows are judged on: built-in tasks, and the user's own."""

from __future__ import annotations

from itertools import chain, zip_longest
from pathlib import Path

from .task import Drawn, Tasks
from .user import UserTask, read_tasks
from .user_scorer import Judges

__all__ = ["Drawn", "Tasks", "UserTask", "builtin_tasks", "user_tasks"]


def builtin_tasks() -> Tasks:
    """Puzzles of reasoning-gym, retrieval, tool use and errands, in turn.

    Raises DomainError where reasoning-gym is not installed.
    """
    from .gym import gym_tasks
    from .quest import quest_tasks
    from .retrieval import retrieval_tasks
    from .tool_use import tool_tasks

    ours = [*quest_tasks(), *tool_tasks(), *retrieval_tasks()]
    puzzles = gym_tasks()
    # Two puzzles, then one of ours: even a paper of a few items holds some of all kinds.
    mixed = chain.from_iterable(zip_longest(puzzles[::2], puzzles[1::2], ours))
    return Tasks([task for task in mixed if task is not None])


def user_tasks(path: Path, judge: Judges | None = None) -> Tasks:
    """The questions in the user's JSONL file: see user.py. Raises DomainError."""
    return Tasks([read_tasks(path, judge)])
