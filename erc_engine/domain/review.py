"""Review: what a person did to a dialogue, as events that are only ever added, and what follows from them.

    ReviewEvent("op-1", "made", "d1", "ana", ReviewAction.LABEL, "d1:0", "joy")     a key pressed
    live(events)                      without those taken back
    marks(events, "ana", "blind")     {("d1", "d1:0"): Mark(label="joy", ...)}     what the page shows
    votes(events)                     the labels that count, as votes

Events are the truth; marks, votes and decisions are derived from them. A text has revisions: "" is the original, any
other is the op_id of the edit that made it. A label on another revision than the current one is stale.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from erc_engine.domain.conversation import Dialogue, Origin
from erc_engine.domain.curation import AnnotatorKind, Vote

NONE_OF_THESE = "(none of these)"  # a choice beside the labels of the scheme; never a vote
ORIGINAL = ""
Place = tuple[str, str]  # dialogue, utterance


class ReviewMode(StrEnum):
    """In blind mode the intended label is nowhere in the page's data; labels given in verify mode are anchored."""

    BLIND = "blind"
    VERIFY = "verify"


class ReviewAction(StrEnum):
    LABEL = "label"
    SECOND = "second"
    UNSURE = "unsure"
    NOTE = "note"
    EDIT = "edit"
    ACCEPT = "accept"
    TURN_DOWN = "turn_down"
    UNDO = "undo"
    SHOWN = "shown"  # the intended labels of a dialogue were in sight; cannot be undone


ON_UTTERANCES = (ReviewAction.LABEL, ReviewAction.SECOND, ReviewAction.UNSURE, ReviewAction.NOTE, ReviewAction.EDIT)
DECISIONS = (ReviewAction.ACCEPT, ReviewAction.TURN_DOWN)


@dataclass(frozen=True)
class ReviewEvent:
    """One act of one annotator. `value` is the label, the note, the new text, "yes" for unsure, or, for an undo, the
    op_id of what is taken back (empty: the last act). `seen` is what context was in sight: past or dialogue."""

    op_id: str
    corpus: str
    dialogue: str
    annotator: str
    action: ReviewAction
    utterance: str = ""
    value: str = ""
    revision: str = ORIGINAL
    mode: ReviewMode = ReviewMode.BLIND
    seen: str = "dialogue"


@dataclass(frozen=True)
class StoredEvent:
    """An event as it stands in the store; `surplus` came when its annotator held no place on the dialogue any more."""

    seq: int
    event: ReviewEvent
    at: datetime
    surplus: bool = False
    undoes: int | None = None


@dataclass(frozen=True)
class TurnText:
    """A turn as a blind annotator gets it: there is no field for a label."""

    id: str
    speaker: str
    text: str


@dataclass(frozen=True)
class DialogueText:
    id: str
    utterances: tuple[TurnText, ...]


@dataclass(frozen=True)
class Mark:
    """What one annotator said about one utterance. `stale`: the text was edited after the label."""

    label: str = ""
    second: str = ""
    unsure: bool = False
    note: str = ""
    stale: bool = False


@dataclass(frozen=True)
class ReviewTurn:
    """One utterance on the review page: its current text, and the annotator's own marks. No intended label."""

    id: str
    speaker: str
    text: str
    revision: str
    original: str
    mark: Mark


@dataclass(frozen=True)
class ReviewItem:
    """A dialogue on the review page. `intended` is empty in blind mode, as the query does not read it.

    `anchored`: asked for blind, but this annotator has seen the intended labels before. `surplus`: the dialogue has
    all its annotators without this one, so that labels are kept but do not count.
    """

    corpus: str
    dialogue: str
    annotator: str
    mode: ReviewMode
    turns: tuple[ReviewTurn, ...]
    focus: str
    decision: str
    surplus: bool
    anchored: bool
    origin: Origin
    intended: Mapping[str, str] = field(default_factory=dict)

    @property
    def recorded(self) -> bool:
        return self.origin == Origin.RECORDED

    @property
    def label_kind(self) -> str:
        """What the labels that the dialogue came with are called."""
        return "gold" if self.origin == Origin.IMPORTED else "intended"

    @property
    def notices(self) -> tuple[str, ...]:
        """What the annotator should know before labelling."""
        told = []
        if self.anchored:
            told.append(
                f"You have seen the {self.label_kind} labels of this dialogue: what you label here is kept as verified."
            )
        if self.surplus:
            told.append("This dialogue has all its annotators: what you label here is kept as surplus, without a vote.")
        return tuple(told)


@dataclass(frozen=True)
class HistoryLine:
    """One event of a dialogue in words; `undone` when it was taken back later."""

    at: datetime
    annotator: str
    action: str
    utterance: str
    value: str
    mode: str
    seen: str
    surplus: bool
    undone: bool


def live(events: Iterable[StoredEvent]) -> list[StoredEvent]:
    """Without what was taken back, and without the taking back."""
    given = list(events)
    undone = {e.undoes for e in given if e.undoes is not None}
    return [e for e in given if e.seq not in undone and e.event.action != ReviewAction.UNDO]


def edits(events: Iterable[StoredEvent]) -> dict[Place, ReviewEvent]:
    """The edit that holds for each edited utterance: the last one not taken back."""
    return {_place(e): e.event for e in live(events) if e.event.action == ReviewAction.EDIT}


def marks(events: Sequence[StoredEvent], annotator: str, mode: str) -> dict[Place, Mark]:
    """What an annotator said in one mode; `events` must have the edits of all annotators."""
    current = edits(events)
    found: dict[Place, Mark] = {}
    for stored in live(events):
        event, place = stored.event, _place(stored)
        if event.annotator != annotator or event.mode != mode or event.action not in ON_UTTERANCES:
            continue
        mark = found.get(place, Mark())
        if event.action == ReviewAction.LABEL:
            mark = replace(mark, label=event.value, stale=event.revision != _revision(current, place))
        elif event.action == ReviewAction.SECOND:
            mark = replace(mark, second=event.value)
        elif event.action == ReviewAction.UNSURE:
            mark = replace(mark, unsure=bool(event.value))
        elif event.action == ReviewAction.NOTE:
            mark = replace(mark, note=event.value)
        found[place] = mark
    return found


def decisions(events: Iterable[StoredEvent]) -> dict[tuple[str, str], ReviewAction]:
    """The last decision of each annotator on each dialogue, by (dialogue, annotator)."""
    return {(e.event.dialogue, e.event.annotator): e.event.action for e in live(events) if e.event.action in DECISIONS}


def votes(events: Sequence[StoredEvent]) -> tuple[Vote, ...]:
    """The last label that each annotator gave each utterance in each mode, in the order given.

    Stale labels, surplus labels and "none of these" are kept as events and are no votes.
    """
    current = edits(events)
    last: dict[tuple[Place, str, str], ReviewEvent] = {}
    for stored in live(events):
        event, place = stored.event, _place(stored)
        if event.action != ReviewAction.LABEL or stored.surplus or event.revision != _revision(current, place):
            continue
        key = (place, event.annotator, event.mode)
        last.pop(key, None)
        last[key] = event
    return tuple(
        Vote(
            *(e.corpus, e.dialogue, e.utterance, e.annotator, AnnotatorKind.HUMAN, e.value),
            mode=str(e.mode),
            seen=e.seen,
        )
        for e in last.values()
        if e.value != NONE_OF_THESE
    )


def none_of_these(events: Sequence[StoredEvent]) -> frozenset[Place]:
    """Utterances for which somebody's last blind label is "none of these": an answer, though no vote."""
    current = edits(events)
    last = {
        (_place(e), e.event.annotator): e.event
        for e in live(events)
        if e.event.action == ReviewAction.LABEL and e.event.mode == ReviewMode.BLIND and not e.surplus
    }
    return frozenset(
        place for (place, _), e in last.items() if e.value == NONE_OF_THESE and e.revision == _revision(current, place)
    )


def done(events: Sequence[StoredEvent], dialogue: str, turns: Iterable[str], annotator: str, mode: str) -> bool:
    """Whether an annotator is through with a dialogue: decided on it or labelled every turn, and nothing is stale."""
    said = marks(events, annotator, mode)
    places = [said.get((dialogue, turn), Mark()) for turn in turns]
    if any(mark.label and mark.stale for mark in places):
        return False
    mine = [e for e in live(events) if e.event.annotator == annotator and e.event.mode == mode]
    decided = any(e.event.action in DECISIONS and e.event.dialogue == dialogue for e in mine)
    return decided or all(mark.label for mark in places)


def history(events: Sequence[StoredEvent]) -> tuple[HistoryLine, ...]:
    """All events, newest first."""
    undone = {e.undoes for e in events}
    lines = []
    for stored in reversed(events):
        e = stored.event
        said = "" if e.action in (ReviewAction.UNDO, ReviewAction.SHOWN) else e.value
        told = (e.annotator, str(e.action), e.utterance, said, str(e.mode), e.seen)
        lines.append(HistoryLine(stored.at, *told, stored.surplus, stored.seq in undone))
    return tuple(lines)


def as_it_reads_now(dialogue: Dialogue, edited: Mapping[Place, ReviewEvent]) -> Dialogue:
    """The dialogue with its edits; a turn whose text changed has lost its label, which was of the old text."""
    if not any((dialogue.id, u.id) in edited for u in dialogue.utterances):
        return dialogue
    turns = (
        replace(u, text=edited[dialogue.id, u.id].value, label=None) if (dialogue.id, u.id) in edited else u
        for u in dialogue.utterances
    )
    return replace(dialogue, utterances=tuple(turns))


def _place(stored: StoredEvent) -> Place:
    return stored.event.dialogue, stored.event.utterance


def _revision(current: Mapping[Place, ReviewEvent], place: Place) -> str:
    return current[place].op_id if place in current else ORIGINAL
