"""Review: which dialogue comes next, what a page shows of it, and what a person did to it.

queue(workspace, "made", "by label")                     → ids, the same order for everybody
first(workspace, place, queue)                           → where this annotator goes on
item(workspace, place, "d1")                             → ReviewItem: in blind mode no label is read
record(workspace, events)                                → one Acknowledgement each, read back from the store
status(workspace, "made")                                → ReviewStatus
revised(workspace, "made", dialogues)                 → the dialogues with their edits, for freeze
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.curation import DialogueState
from erc_engine.domain.labels import LabelScheme
from erc_engine.domain.review import (
    ORIGINAL,
    HistoryLine,
    Mark,
    ReviewAction,
    ReviewEvent,
    ReviewItem,
    ReviewMode,
    ReviewTurn,
    as_it_reads_now,
    decisions,
    edits,
    marks,
)
from erc_engine.domain.review import (
    history as history_of,
)
from erc_engine.errors import ErcError
from erc_engine.labelling.review_progress import ReviewStatus, review_status
from erc_engine.labelling.review_queue import BY_LABEL, review_queue
from erc_engine.labelling.review_queue import ORDERS as ORDERS
from erc_engine.store.review_slots import LEASE_SECONDS
from erc_engine.workflows.remembered import Remembered
from erc_engine.workflows.workspace import Workspace

UNDER_REVIEW = (DialogueState.KEPT, DialogueState.TURNED_DOWN)
_QUEUES: Remembered[tuple[str, ...]] = Remembered(24)
_TURNS: Remembered[dict[str, list[str]]] = Remembered(6)


@dataclass(frozen=True)
class Desk:
    """Who reviews what, and how."""

    corpus: str
    annotator: str
    mode: ReviewMode


@dataclass(frozen=True)
class Acknowledgement:
    """What became of an event: saved (then `at` is from the stored row), refused, or waiting to be sent again.

    `dialogue` and `utterance` are where it stands: those of what was taken back, for an undo.
    """

    op_id: str
    status: str
    at: datetime | None = None
    message: str = ""
    dialogue: str = ""
    utterance: str = ""


@dataclass(frozen=True)
class QueuePlace:
    """Where a dialogue stands in the queue, counted from 1, and how many of it the annotator is through with."""

    number: int
    of: int
    finished: int
    overlap: int


def queue(workspace: Workspace, corpus: str, order: str = "in order") -> tuple[str, ...]:
    """The ids of all dialogues that are kept or turned down; drawn orders depend on the corpus alone."""
    key = (workspace.settings.database_url, corpus, workspace.store.browsing.mark(corpus), order)
    return _QUEUES.get(key, lambda: _queue(workspace, corpus, order))


def _queue(workspace: Workspace, corpus: str, order: str) -> tuple[str, ...]:
    store = workspace.store
    ids = store.browsing.ids(corpus, states=map(str, UNDER_REVIEW))
    labels: dict[str, set[str | None]] = {}
    if order == BY_LABEL:  # the stored text is read as it is: making dialogues of it takes five times as long
        rows = store.browsing.scan(corpus, states=map(str, UNDER_REVIEW))
        labels = {row.dialogue: {u.get("label") for u in row.body["utterances"]} for row in rows}
    return review_queue(ids, labels, store.review.scheme(corpus), order, seed=len(ids))


def corpora(workspace: Workspace) -> tuple[str, ...]:
    return workspace.store.corpora.names()


def scheme(workspace: Workspace, corpus: str) -> LabelScheme:
    return workspace.store.review.scheme(corpus)


def history(workspace: Workspace, desk: Desk, dialogue: str) -> tuple[HistoryLine, ...]:
    """What was done to a dialogue, newest first; nothing of it is ever deleted.

    A blind annotator gets the own acts and everybody's edits, but no label that somebody else gave.
    """
    lines = history_of(workspace.store.review.events(desk.corpus, dialogue))
    if desk.mode == ReviewMode.VERIFY:
        return lines
    return tuple(line for line in lines if line.annotator == desk.annotator or line.action == ReviewAction.EDIT)


def known(workspace: Workspace, corpus: str, ids: Sequence[str]) -> tuple[str, ...]:
    """Those of the ids that the corpus has, each once, in the order given."""
    there = workspace.store.corpora.state_of(corpus)
    return tuple(i for i in dict.fromkeys(ids) if i in there)


def first(workspace: Workspace, desk: Desk, ids: Sequence[str]) -> str | None:
    """Where the annotator was last, if that is in the queue; else the next dialogue to do, else the first one."""
    store = workspace.store.review_slots
    position = store.position(desk.corpus, desk.annotator, desk.mode)
    if position is not None and position[0] in ids:
        return position[0]
    return next_to_do(workspace, desk, ids) or (ids[0] if ids else None)


def next_to_do(workspace: Workspace, desk: Desk, ids: Sequence[str], after: str = "") -> str | None:
    """The next dialogue that the annotator is not through with and that has room; from the top when none follows."""
    store = workspace.store.review_slots
    through = store.finished(desk.corpus, desk.annotator, desk.mode)
    start = ids.index(after) + 1 if after in ids else 0
    waiting = [i for i in (*ids[start:], *ids[:start]) if i not in through and i != after]
    return store.take_first(desk.corpus, waiting, desk.annotator, desk.mode, lease_seconds=LEASE_SECONDS)


def step(workspace: Workspace, desk: Desk, ids: Sequence[str], current: str, by: int) -> str | None:
    """The next (by = 1) or previous (by = -1) dialogue that the annotator holds or that has room; None at the end."""
    at = ids.index(current) if current in ids else -1
    onwards = ids[at + 1 :] if by > 0 else ids[: max(at, 0)][::-1]
    store = workspace.store.review_slots
    return store.take_first(desk.corpus, onwards, desk.annotator, desk.mode, lease_seconds=LEASE_SECONDS)


def item(workspace: Workspace, desk: Desk, dialogue: str, focus: str = "") -> ReviewItem:
    """The dialogue for the page, with a place taken if there is room. NotFoundError for ids that are not there.

    The focus is the utterance asked for, else where the annotator was, else the first without a label.
    """
    store = workspace.store
    text = store.review.text(desk.corpus, dialogue)
    verifying = desk.mode == ReviewMode.VERIFY
    if verifying:
        store.review.shown(desk.corpus, dialogue, desk.annotator)
    events = store.review.events(desk.corpus, dialogue)
    mine = [e for e in events if e.event.annotator == desk.annotator]
    verified = any(e.event.mode == ReviewMode.VERIFY for e in mine)
    mode = ReviewMode.VERIFY if verified else ReviewMode.BLIND
    where = (desk.corpus, dialogue, desk.annotator, mode)
    held = store.review_slots.take(*where, lease_seconds=LEASE_SECONDS)
    edited, said = edits(events), marks(events, desk.annotator, mode)
    turns = []
    for turn in text.utterances:
        edit = edited.get((dialogue, turn.id))
        mark = said.get((dialogue, turn.id), Mark())
        now = (edit.value, edit.op_id, turn.text) if edit else (turn.text, ORIGINAL, "")
        turns.append(ReviewTurn(turn.id, turn.speaker, now[0], now[1], now[2], mark))
    return ReviewItem(
        corpus=desk.corpus,
        dialogue=dialogue,
        annotator=desk.annotator,
        mode=desk.mode,
        turns=tuple(turns),
        focus=_focus(workspace, desk, dialogue, turns, focus),
        decision=str(decisions(events).get((dialogue, desk.annotator), "")),
        surplus=not held,
        anchored=verified and not verifying,
        origin=store.corpora.stored(desk.corpus).origin,
        intended=store.review.labels(desk.corpus, dialogue) if verifying else {},
    )


def _focus(workspace: Workspace, desk: Desk, dialogue: str, turns: Sequence[ReviewTurn], wanted: str) -> str:
    ids = [turn.id for turn in turns]
    position = workspace.store.review_slots.position(desk.corpus, desk.annotator, desk.mode)
    last = position[1] if position and position[0] == dialogue else ""
    open_ = next((turn.id for turn in turns if not turn.mark.label or turn.mark.stale), ids[0] if ids else "")
    return next((i for i in (wanted, last) if i in ids), open_)


def place_in_queue(workspace: Workspace, desk: Desk, ids: Sequence[str], dialogue: str) -> QueuePlace:
    store = workspace.store.review_slots
    through = store.finished(desk.corpus, desk.annotator, desk.mode)
    number = ids.index(dialogue) + 1 if dialogue in ids else 0
    return QueuePlace(number, len(ids), sum(i in through for i in ids), store.overlap(desk.corpus))


def record(workspace: Workspace, events: Sequence[ReviewEvent]) -> tuple[Acknowledgement, ...]:
    """Store events in the order given; each is acknowledged from its row as the store reads it back.

    What cannot be meant is refused for good. When the store cannot write now, that event and those after it wait.
    """
    answers: list[Acknowledgement] = []
    sent: list[str] = []
    for event in events:
        try:
            workspace.store.review.record(event)
            sent.append(event.op_id)
        except ErcError as error:
            if error.retryable:
                answers.append(Acknowledgement(event.op_id, "waiting", message=f"{error.message}. {error.hint}"))
                break
            answers.append(Acknowledgement(event.op_id, "refused", message=error.message))
    return (*_read_back(workspace, sent), *answers)


def _read_back(workspace: Workspace, op_ids: Sequence[str]) -> tuple[Acknowledgement, ...]:
    stored = workspace.store.review.stored(op_ids)
    answers = []
    for op_id in op_ids:
        if op_id in stored:
            row = stored[op_id]
            nothing = row.event.action == ReviewAction.UNDO and row.undoes is None
            said = "nothing to undo" if nothing else "kept as surplus" if row.surplus else ""
            place = ("", "") if nothing else (row.event.dialogue, row.event.utterance)
            answers.append(Acknowledgement(op_id, "saved", row.at, said, *place))
        else:
            answers.append(Acknowledgement(op_id, "waiting", message="the stored row could not be read back"))
    return tuple(answers)


def remember_position(workspace: Workspace, desk: Desk, dialogue: str, utterance: str) -> None:
    workspace.store.review_slots.set_position(desk.corpus, desk.annotator, desk.mode, dialogue, utterance)


def set_overlap(workspace: Workspace, corpus: str, overlap: int, *, who: str) -> None:
    workspace.store.review_slots.set_overlap(corpus, overlap, who=who)


def overlap(workspace: Workspace, corpus: str) -> int:
    return workspace.store.review_slots.overlap(corpus)


def status(workspace: Workspace, corpus: str) -> ReviewStatus:
    turns = _turns(workspace, corpus)
    finished: dict[tuple[str, str], frozenset[str]] = {}
    for mode in ReviewMode:
        for slot in workspace.store.review_slots.of(corpus, mode):
            if slot.finished_at is not None:
                finished[mode, slot.annotator] = finished.get((mode, slot.annotator), frozenset()) | {slot.dialogue}
    events = workspace.store.review.events(corpus)
    overlap_now = workspace.store.review_slots.overlap(corpus)
    return review_status(corpus, events, turns=turns, finished=finished, overlap=overlap_now)


def _turns(workspace: Workspace, corpus: str) -> dict[str, list[str]]:
    """Utterances of each dialogue under review, by their ids."""

    def read() -> dict[str, list[str]]:
        rows = workspace.store.browsing.scan(corpus, states=map(str, UNDER_REVIEW))
        return {row.dialogue: [u["id"] for u in row.body["utterances"]] for row in rows}

    return _TURNS.get((workspace.settings.database_url, corpus, workspace.store.browsing.mark(corpus)), read)


def revised(workspace: Workspace, corpus: str, dialogues: Sequence[Dialogue]) -> tuple[tuple[Dialogue, ...], int]:
    """The dialogues as they read after review, and how many of their turns were edited."""
    acts = (ReviewAction.EDIT, ReviewAction.UNDO)
    edited = edits(workspace.store.review.events(corpus, actions=acts))
    here = {(d.id, u.id) for d in dialogues for u in d.utterances}
    return tuple(as_it_reads_now(d, edited) for d in dialogues), len(here & edited.keys())
