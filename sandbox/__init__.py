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
from .executor import Completion, Executor, Job

__all__ = [
    "ArraySpec",
    "BytesSpec",
    "CandidateDied",
    "CandidateError",
    "CandidateFailure",
    "Completion",
    "Executor",
    "Job",
    "LimitExceeded",
    "Limits",
    "ProtocolViolation",
    "SandboxUnavailable",
    "Session",
    "Usage",
    "Worker",
]
