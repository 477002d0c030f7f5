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
from .devices import CPU, Device, cuda_devices
from .executor import Cancelled, Completion, Executor, Job
from .levels import Attack, IsolationReport, Layer
from .local import LocalExecutor
from .probe import probe
from .sandbox import Sandbox

__all__ = [
    "CPU",
    "ArraySpec",
    "Attack",
    "BytesSpec",
    "Cancelled",
    "CandidateDied",
    "CandidateError",
    "CandidateFailure",
    "Completion",
    "Device",
    "Executor",
    "IsolationReport",
    "Job",
    "Layer",
    "LimitExceeded",
    "Limits",
    "LocalExecutor",
    "ProtocolViolation",
    "Sandbox",
    "SandboxUnavailable",
    "Session",
    "Usage",
    "Worker",
    "cuda_devices",
    "probe",
]
