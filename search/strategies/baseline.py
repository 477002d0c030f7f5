"""The strategies of other people's libraries, which need not be installed."""

from __future__ import annotations


class BaselineMissing(RuntimeError):
    """A baseline's library is not installed; the message says how to get it."""
