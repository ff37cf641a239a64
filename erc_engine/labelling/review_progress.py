"""How far a review is: what each annotator did in each mode, and what was decided on the dialogues.

status = review_status("made", events, turns={"d1": ("d1:0", "d1:1")}, finished={("blind", "ana"): {"d1"}}, overlap=3)
status.annotators[0]     # AnnotatorProgress("ana", "blind", labelled=2, stale=0, dialogues=1, finished=1, …)
status.turned_down       # 0
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from erc_engine.domain.review import (
    NONE_OF_THESE,
    ReviewAction,
    ReviewMode,
    StoredEvent,
    decisions,
    edits,
    live,
    marks,
)


@dataclass(frozen=True)
class AnnotatorProgress:
    """One annotator in one mode. `labelled` counts utterances with a label on their current text."""

    annotator: str
    mode: str
    labelled: int
    stale: int
    unsure: int
    none_of_these: int
    surplus: int
    dialogues: int
    finished: int
    accepted: int
    turned_down: int
    last: datetime


@dataclass(frozen=True)
class ReviewStatus:
    """`full` counts dialogues with all their annotators through (blind); a dialogue that any annotator turned down
    last is turned down, one that was only accepted is approved."""

    corpus: str
    overlap: int
    dialogues: int
    utterances: int
    full: int
    begun: int
    approved: int
    turned_down: int
    edited: int
    undone: int
    annotators: tuple[AnnotatorProgress, ...]

    def to_json(self) -> dict[str, Any]:
        people = [{**asdict(a), "last": a.last.isoformat(timespec="seconds")} for a in self.annotators]
        return {**asdict(self), "annotators": people}


def review_status(
    corpus: str,
    events: Sequence[StoredEvent],
    *,
    turns: Mapping[str, Sequence[str]],
    finished: Mapping[tuple[str, str], frozenset[str]],
    overlap: int,
) -> ReviewStatus:
    """`turns` are the utterances of each dialogue under review, `finished` the dialogues by (mode, annotator)."""
    inside = [e for e in events if e.event.dialogue in turns]
    standing = live(inside)
    people = sorted({(e.event.annotator, e.event.mode) for e in standing if e.event.action != ReviewAction.SHOWN})
    decided: dict[str, set[ReviewAction]] = {}
    for (dialogue, _), action in decisions(inside).items():
        decided.setdefault(dialogue, set()).add(action)
    down = {d for d, actions in decided.items() if ReviewAction.TURN_DOWN in actions}
    through = [d for (mode, _), ids in finished.items() if mode == ReviewMode.BLIND for d in ids]
    return ReviewStatus(
        corpus=corpus,
        overlap=overlap,
        dialogues=len(turns),
        utterances=sum(len(ids) for ids in turns.values()),
        full=sum(through.count(d) >= overlap for d in set(through) & turns.keys()),
        begun=len({e.event.dialogue for e in standing if e.event.action != ReviewAction.SHOWN}),
        approved=len(decided.keys() - down),
        turned_down=len(down),
        edited=len(edits(inside)),
        undone=sum(e.undoes is not None for e in inside),
        annotators=tuple(_progress(inside, who, mode, finished.get((mode, who), frozenset())) for who, mode in people),
    )


def _progress(
    events: Sequence[StoredEvent], annotator: str, mode: ReviewMode, finished: frozenset[str]
) -> AnnotatorProgress:
    mine = [e for e in live(events) if e.event.annotator == annotator and e.event.mode == mode]
    said = marks(events, annotator, mode)
    decided = [
        action
        for (_, who), action in decisions([e for e in events if e.event.mode == mode]).items()
        if who == annotator
    ]
    labelled = [m for m in said.values() if m.label]
    return AnnotatorProgress(
        annotator=annotator,
        mode=str(mode),
        labelled=sum(not m.stale for m in labelled),
        stale=sum(m.stale for m in labelled),
        unsure=sum(m.unsure for m in said.values()),
        none_of_these=sum(m.label == NONE_OF_THESE for m in labelled),
        surplus=sum(e.surplus for e in mine if e.event.action == ReviewAction.LABEL),
        dialogues=len({e.event.dialogue for e in mine}),
        finished=len(finished),
        accepted=decided.count(ReviewAction.ACCEPT),
        turned_down=decided.count(ReviewAction.TURN_DOWN),
        last=max(e.at for e in mine),
    )
