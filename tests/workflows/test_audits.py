"""Audits are kept for just the corpora and the content that they were made of."""

from __future__ import annotations

from pathlib import Path

from erc_engine.domain.curation import DialogueState
from erc_engine.workflows.audits import audit_and_keep, kept_audit
from erc_engine.workflows.datasets import audit
from erc_engine.workflows.workspace import Workspace


def test_a_kept_audit_is_the_same_report(sitcom: Workspace) -> None:
    assert kept_audit(sitcom, ["sitcom"]) is None
    done = audit_and_keep(sitcom, ["sitcom"])
    assert kept_audit(sitcom, ["sitcom"]) == audit(sitcom, ["sitcom"])
    assert done.to_json()["corpora"] == ["sitcom"]


def test_it_is_not_taken_for_another_content(sitcom: Workspace) -> None:
    audit_and_keep(sitcom, ["sitcom"])
    sitcom.store.corpora.set_state("sitcom", ["meld-matched-0000"], DialogueState.DROPPED, reason="r", who="w")
    assert kept_audit(sitcom, ["sitcom"]) is None


def test_a_damaged_file_is_made_again(sitcom: Workspace) -> None:
    audit_and_keep(sitcom, ["sitcom"])
    (file,) = Path(sitcom.home / "audits").iterdir()
    file.write_text('[{"name": 3')
    assert kept_audit(sitcom, ["sitcom"]) is None
    audit_and_keep(sitcom, ["sitcom"])
    assert kept_audit(sitcom, ["sitcom"]) is not None
