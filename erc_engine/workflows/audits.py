"""Audits that are kept: the report of the same corpora with the same content is read again, not made again.

audit_and_keep(workspace, ["meld", "emorynlp"])     # a job's work: writes <workspace>/audits/….json
kept_audit(workspace, ["meld", "emorynlp"])         # the reports, or None when there is no such audit yet
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from erc_engine.corpora.atomic import write_atomically
from erc_engine.domain.reports import AuditReport
from erc_engine.errors import InputError
from erc_engine.store.encoding import from_text, to_text
from erc_engine.workflows.datasets import audit
from erc_engine.workflows.workspace import Workspace


@dataclass(frozen=True)
class AuditDone:
    """What a job row keeps of an audit; the reports stand in their file."""

    corpora: tuple[str, ...]
    faults: int
    overlaps: int

    def to_json(self) -> dict[str, Any]:
        return {"corpora": list(self.corpora), "faults": self.faults, "overlaps": self.overlaps}


def audit_and_keep(
    workspace: Workspace, names: Sequence[str], *, progress: Callable[[str], None] = lambda text: None
) -> AuditDone:
    """Audit corpora of this workspace, alone and against each other."""
    for name in names:
        workspace.store.corpora.stored(name)
    path = _place(workspace, names)
    progress(f"comparing {', '.join(names)}")
    reports = audit(workspace, names)
    write_atomically({path: to_text(reports).encode("ascii")})
    return AuditDone(
        tuple(names),
        sum(len(r.faults) for r in reports),
        sum(o.count > 0 for r in reports for o in r.overlaps),
    )


def kept_audit(workspace: Workspace, names: Sequence[str]) -> tuple[AuditReport, ...] | None:
    """The reports of just these corpora as they are now."""
    if not names:
        return None
    path = _place(workspace, names)
    try:
        found: tuple[AuditReport, ...] = from_text(tuple[AuditReport, ...], path.read_text("ascii"))
    except (OSError, InputError, UnicodeDecodeError):  # not made yet, or by another version: made again on asking
        return None
    return found


def _place(workspace: Workspace, names: Sequence[str]) -> Path:
    marks = [[name, workspace.store.corpora.stored(name).hash, workspace.store.browsing.mark(name)] for name in names]
    digest = hashlib.sha256(json.dumps(sorted(marks)).encode()).hexdigest()
    return workspace.home / "audits" / f"{digest[:24]}.json"
