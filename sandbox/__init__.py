"""Where untrusted code runs: isolation, wire protocol, device slots, executors."""

from .contract import (
    ArraySpec,
    BytesSpec,
    CandidateDied,
    CandidateError,
    CandidateFailure,
    LimitExceeded,
    Limits,
    ProtocolViolation,
    SandboxUnavailable,
    Session,
    Usage,
    Worker,
)
from .executor import Cancelled, Completion, Executor, Job
from .local import LocalExecutor
from .sandbox import Sandbox

__all__ = [
    "ArraySpec",
    "BytesSpec",
    "Cancelled",
    "CandidateDied",
    "CandidateError",
    "CandidateFailure",
    "Completion",
    "Executor",
    "Job",
    "LimitExceeded",
    "Limits",
    "LocalExecutor",
    "ProtocolViolation",
    "Sandbox",
    "SandboxUnavailable",
    "Session",
    "Usage",
    "Worker",
]
