"""What can go wrong with a language model, each as one line."""

from __future__ import annotations


class LLMError(Exception):
    """A call that brought no usable reply; the message is one line, without secrets."""

    wall_s = 0.0
    """How long it was waited for, when it was made."""


class ConfigurationError(LLMError):
    """A setting that cannot work: a user's mistake, to be told before anything runs."""


class BudgetReached(LLMError):
    """The next call could cost more than is left; it was not made."""


class CutShort(BudgetReached):
    """A call that was made and had no reply when the time for all of them was over."""


class NotRecorded(LLMError):
    """A replay was asked for something that the recording does not hold."""


class Unavailable(LLMError):
    """The model's endpoint gave no reply.

    `transient` says that the same call may work later, `retry_after_s` when the endpoint
    said so itself. `answered` says that the endpoint is there, and refused this call.
    `maybe_billed` says that it had the request and may charge for it, although no reply came.
    """

    def __init__(
        self,
        message: str,
        *,
        transient: bool,
        retry_after_s: float | None = None,
        answered: bool = False,
        maybe_billed: bool = False,
    ) -> None:
        super().__init__(message)
        self.transient = transient
        self.retry_after_s = retry_after_s
        self.answered = answered
        self.maybe_billed = maybe_billed


class Refused(LLMError):
    """The model, or its provider's filter, declined to answer."""


class Unreadable(LLMError):
    """A reply that is not in the form that was asked for; `text` is the reply."""

    def __init__(self, message: str, text: str) -> None:
        super().__init__(message)
        self.text = text
