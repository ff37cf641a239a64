"""Verification to look at: verdicts of a set, the check of its gate, and the sample to review.

view = verification_view(workspace, "meld-extra")       # None where nothing was verified
view.reports[0].labels, view.audit.told
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from erc_engine.domain.labels import LabelScheme
from erc_engine.domain.verification import GateAudit, VerifierReport
from erc_engine.workflows.gate_checks import audit_gate, draw_sample, review_queue_of
from erc_engine.workflows.verify import verifier_reports
from erc_engine.workflows.workspace import Workspace


@dataclass(frozen=True)
class VerificationView:
    reports: tuple[VerifierReport, ...]
    audit: GateAudit


def verification_view(workspace: Workspace, corpus: str) -> VerificationView | None:
    if not workspace.store.corpora.exists(corpus):
        return None
    reports = verifier_reports(workspace, corpus)
    return VerificationView(reports, audit_gate(workspace, corpus)) if reports else None


def scheme_of(workspace: Workspace, corpus: str) -> LabelScheme | None:
    """None while a run has not begun its set."""
    return workspace.store.corpora.stored(corpus).scheme if workspace.store.corpora.exists(corpus) else None


def queue_for_review(workspace: Workspace, corpus: str) -> dict[str, Any]:
    """The newest sample as the review page takes it, drawn now where there is none."""
    found = review_queue_of(workspace, corpus)
    if found is None:
        draw_sample(workspace, corpus)
        found = review_queue_of(workspace, corpus)
    return found or {}


def verifying_runs(workspace: Workspace, scheme: LabelScheme) -> tuple[str, ...]:
    """Trained models of this workspace that know these labels."""
    versions = workspace.store.versions
    known = {name for name in versions.names() if versions.get(name).scheme.names == scheme.names}
    return tuple(
        run.id
        for run in workspace.store.training.list()
        if run.state == "done" and run.settings.classifier != "outside" and run.version in known
    )
