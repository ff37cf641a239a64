"""The overview: what is there in numbers, and the first step that has left nothing behind as the next one."""

from __future__ import annotations

from erc_engine.domain.curation import AnnotatorKind, DialogueState, Vote
from erc_engine.domain.review import ReviewAction, ReviewEvent
from erc_engine.workflows.jobs import submit
from erc_engine.workflows.overview import Overview, overview
from erc_engine.workflows.versions import freeze
from erc_engine.workflows.workspace import Workspace


def states(seen: Overview) -> dict[str, str]:
    return {step.name: str(step.state) for step in seen.steps}


def test_an_empty_workspace_begins_with_an_import(workspace: Workspace) -> None:
    seen = overview(workspace)
    assert seen.empty
    assert states(seen) == {
        "Import": "next",
        "Prompt": "open",
        "Generate": "open",
        "Dedupe": "open",
        "Review": "open",
        "Freeze": "open",
        "Train": "open",
        "Evaluate": "open",
    }


def test_steps_are_done_by_what_they_leave_behind(sitcom: Workspace) -> None:
    freeze(sitcom, "v1", train=["sitcom:train"], dev="sitcom:dev", test="sitcom:test")
    sitcom.store.corpora.set_state("sitcom", ["meld-matched-0001"], DialogueState.DROPPED, reason="r", who="w")
    vote = Vote("sitcom", "meld-matched-0000", "meld-matched-0000:0", "ana", AnnotatorKind.HUMAN, "joy")
    sitcom.store.votes.add([vote], source="a test")
    seen = overview(sitcom)
    told = {step.name: (str(step.state), step.evidence) for step in seen.steps}
    assert told["Import"] == ("done", "1 corpus")
    assert told["Prompt"][0] == "next"
    assert told["Dedupe"] == ("done", "1 dialogue dropped")
    assert told["Review"] == ("done", "1 utterance labelled")
    assert told["Freeze"] == ("done", "1 version")
    assert told["Train"] == ("open", "nothing yet")
    assert [c.dialogues for c in seen.corpora] == [119]


def test_waiting_jobs_are_under_way(workspace: Workspace) -> None:
    job = submit(workspace, "demo", {})
    assert [j.id for j in overview(workspace).under_way] == [job.id]


def test_what_was_counted_is_counted_anew_when_a_vote_comes(sitcom: Workspace) -> None:
    def reviewed() -> str:
        return next(step.evidence for step in overview(sitcom).steps if step.name == "Review")

    assert reviewed() == "nothing yet"
    vote = Vote("sitcom", "meld-matched-0000", "meld-matched-0000:0", "ana", AnnotatorKind.HUMAN, "joy")
    sitcom.store.votes.add([vote], source="a test")
    assert reviewed() == "1 utterance labelled"
    turned = ReviewEvent("op", "sitcom", "meld-matched-0001", "bo", ReviewAction.LABEL, "meld-matched-0001:0", "joy")
    sitcom.store.review.record(turned)
    assert reviewed() == "2 utterances labelled"
