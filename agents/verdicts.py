"""What the gates said of drafts, kept with what it cost: no draft is checked twice."""

from __future__ import annotations

from ..memory import Memory, events, ledger
from ..memory.encoding import from_json
from ..space import GATE, Candidate, Evaluation, Status

DRAFT = "draft"
"""The kind of the stored event of a gate run on a draft."""


def keep(
    memory: Memory,
    campaign: str,
    candidate: Candidate,
    evaluation: Evaluation,
    decision: int | None,
) -> None:
    """Store the verdict on a draft and charge its cost, in one transaction."""
    data = {
        "candidate": candidate.id,
        "decision": decision,
        "idea": candidate.idea,
        "source": candidate.source,
        "status": evaluation.status,
        "reason": evaluation.reason,
        "metrics": dict(evaluation.metrics),
        "cpu_s": evaluation.cpu_s,
        "device_s": evaluation.device_s,
        "isolation": evaluation.isolation,
    }
    with memory.transaction():
        events.append(memory, campaign, DRAFT, data)
        note = f"gates on the draft {candidate.id}"
        ledger.charge(memory, campaign, ledger.costs(evaluation), note)


def find(memory: Memory, campaign: str, candidate: str) -> Evaluation | None:
    """What the campaign's gates said of the program, where it was a draft before."""
    row = memory.row(
        "SELECT data FROM events WHERE campaign = ? AND kind = ?"
        " AND json_extract(data, '$.candidate') = ? ORDER BY sequence LIMIT 1",
        (campaign, DRAFT, candidate),
    )
    if row is None:
        return None
    data = from_json(row["data"])
    return Evaluation(
        candidate,
        GATE,
        0,
        Status(data["status"]),
        data["reason"],
        data["metrics"],
        cpu_s=data["cpu_s"],
        device_s=data["device_s"],
        isolation=data["isolation"],
    )
