"""Look around in a corpus: its shape, its dialogues by page, and those that a search finds.

    shape(workspace, "meld").splits["train"].labels["fear"]                  # 268
    page = browse(workspace, "meld", Search(text="the ferry", label="joy"))  # dialogues with one such utterance
    page.lines[0].matches                                                    # ids of the utterances that match
    shown(workspace, "meld", page.lines[0].id).dialogue                      # one of them whole

Nothing is decoded but the page that is shown: a search is narrowed in the database, looked through once, and its
list of ids is kept until the corpus changes.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from erc_engine.corpora.faults import CODES
from erc_engine.domain.conversation import Dialogue, Origin, Split
from erc_engine.domain.curation import DialogueState
from erc_engine.domain.labels import LabelScheme
from erc_engine.domain.reports import SplitSummary
from erc_engine.errors import InputError, NotFoundError
from erc_engine.store.browsing import StoredRow
from erc_engine.store.corpora import StateEvent, StoredCorpus
from erc_engine.workflows.remembered import Remembered
from erc_engine.workflows.workspace import Workspace

PAGE = 25
NO_LABEL = "(no label)"
_NARROWING_WORDS = 3


@dataclass(frozen=True)
class CorpusShape:
    """A corpus in counts of its kept dialogues; `states` counts all of them."""

    stored: StoredCorpus
    splits: Mapping[str, SplitSummary]
    states: Mapping[str, int]

    @property
    def dialogues(self) -> int:
        return sum(s.dialogues for s in self.splits.values())

    @property
    def utterances(self) -> int:
        return sum(s.utterances for s in self.splits.values())

    @property
    def recorded(self) -> bool:
        return self.stored.origin == Origin.RECORDED

    @property
    def labels(self) -> dict[str, int]:
        """Label counts over all splits, in scheme order."""
        return {n: sum(s.labels.get(n, 0) for s in self.splits.values()) for n in self.stored.scheme.names}


@dataclass(frozen=True)
class Search:
    """Text, label and speaker hold for one and the same utterance. Empty means any; case is ignored."""

    text: str = ""
    label: str = ""
    speaker: str = ""
    splits: tuple[str, ...] = ()
    states: tuple[str, ...] = (str(DialogueState.KEPT),)

    @property
    def reads_utterances(self) -> bool:
        return bool(self.text.strip() or self.label or self.speaker.strip())


@dataclass(frozen=True)
class DialogueLine:
    """One row of a page; `opening` is the first matching utterance, or else the first one."""

    id: str
    split: str
    state: str
    turns: int
    speakers: tuple[str, ...]
    labels: Mapping[str, int]
    opening: str
    matches: tuple[str, ...] = ()


@dataclass(frozen=True)
class DialoguePage:
    lines: tuple[DialogueLine, ...]
    found: int
    utterances: int  # that match, 0 when nothing was asked of utterances
    page: int
    pages: int


@dataclass(frozen=True)
class ShownDialogue:
    """One dialogue whole, what happened to it, and its neighbours among those found."""

    corpus: StoredCorpus
    dialogue: Dialogue
    state: DialogueState
    history: tuple[StateEvent, ...] = field(default=())


_SHAPES: Remembered[dict[str, SplitSummary]] = Remembered(256)
_FOUND: Remembered[dict[str, tuple[str, ...]]] = Remembered(32)


def shape(workspace: Workspace, name: str) -> CorpusShape:
    """Counts by split and label; counted once, then remembered until a dialogue or its state changes."""
    stored = workspace.store.corpora.stored(name)
    key = (workspace.settings.database_url, name, workspace.store.browsing.mark(name))
    splits = _SHAPES.get(key, lambda: _counted(workspace, stored))
    return CorpusShape(stored, splits, workspace.store.corpora.states(name))


def names(workspace: Workspace) -> tuple[str, ...]:
    """The corpora of this workspace by name."""
    return workspace.store.corpora.names()


def shapes(workspace: Workspace) -> tuple[CorpusShape, ...]:
    return tuple(shape(workspace, name) for name in names(workspace))


def _counted(workspace: Workspace, stored: StoredCorpus) -> dict[str, SplitSummary]:
    rows = workspace.store.browsing.scan(stored.name, states=(str(DialogueState.KEPT),))
    return _summaries(((row.split, row.body) for row in rows), stored.scheme)


def _summaries(rows: Iterable[tuple[str, Mapping[str, Any]]], scheme: LabelScheme) -> dict[str, SplitSummary]:
    """By split, of dialogues as they are stored."""
    labels: dict[str, Counter[str | None]] = {}
    dialogues: Counter[str] = Counter()
    for of_split, body in rows:
        dialogues[of_split] += 1
        labels.setdefault(of_split, Counter()).update(u.get("label") for u in body["utterances"])
    found = {}
    for split in (str(s) for s in Split if s in dialogues):
        counts = {name: labels[split][name] for name in scheme.names}
        utterances = sum(labels[split].values())
        found[split] = SplitSummary(dialogues[split], utterances, counts, utterances - sum(counts.values()))
    return found


def browse(workspace: Workspace, name: str, search: Search = Search(), page: int = 1, size: int = PAGE) -> DialoguePage:
    """One page (from 1) of the dialogues that a search finds, in the order they came."""
    if size < 1:
        raise InputError(f"a page cannot have {size} dialogues", hint="1 or more")
    found = _found(workspace, name, search)
    pages = max(1, -(-len(found) // size))
    page = min(max(page, 1), pages)
    ids = list(found)[(page - 1) * size : page * size]
    lines = tuple(
        _line(dialogue, str(state), found[dialogue.id])
        for dialogue, state in workspace.store.browsing.dialogues(name, ids).values()
    )
    return DialoguePage(lines, len(found), sum(map(len, found.values())), page, pages)


def shown(workspace: Workspace, name: str, dialogue: str) -> ShownDialogue:
    stored = workspace.store.corpora.stored(name)
    there = workspace.store.browsing.dialogues(name, [dialogue])
    if dialogue not in there:
        raise NotFoundError(f"'{name}' has no dialogue '{dialogue}'", hint="choose one from the list, or search for it")
    found, state = there[dialogue]
    return ShownDialogue(stored, found, state, tuple(workspace.store.corpora.history(name, dialogue)))


def version_splits(workspace: Workspace, name: str) -> dict[str, SplitSummary]:
    """Counts of a frozen version by split; it never changes, so they are counted once."""
    version = workspace.store.versions.get(name)

    def count() -> dict[str, SplitSummary]:
        rows = ((str(split), row) for split in Split for row in workspace.store.versions.scan(name, split))
        return _summaries(rows, version.scheme)

    return _SHAPES.get((workspace.settings.database_url, "version", name, version.hash, version.labels), count)


def meaning(code: str) -> str:
    """What a fault's code counts."""
    return CODES.get(code, "")


def _line(d: Dialogue, state: str, matches: tuple[str, ...]) -> DialogueLine:
    labels = Counter(label for label in d.labels if label is not None)
    first = next((u for u in d.utterances if u.id in matches), d.utterances[0] if d.utterances else None)
    opening = f"{first.speaker}: {first.text}" if first else ""
    return DialogueLine(d.id, str(d.split), state, len(d), d.speakers, dict(labels), opening, matches)


def _found(workspace: Workspace, name: str, search: Search) -> dict[str, tuple[str, ...]]:
    """Dialogue id → ids of its utterances that match, in the order they came."""
    store = workspace.store.browsing
    key = (workspace.settings.database_url, name, store.mark(name), search)

    def look() -> dict[str, tuple[str, ...]]:
        if not search.reads_utterances:
            return dict.fromkeys(store.ids(name, states=search.states, splits=search.splits), ())
        rows = store.scan(name, containing=_pieces(search), states=search.states, splits=search.splits)
        matching = ((row.dialogue, _matches(row, search)) for row in rows)
        return {dialogue: matches for dialogue, matches in matching if matches}

    return _FOUND.get(key, look)


def _pieces(search: Search) -> list[str]:
    """Pieces of ASCII that the stored JSON of every match has: the longest words, the label, the speaker."""
    words = sorted(re.findall(r"[a-z0-9]+", _folded(search.text)), key=len, reverse=True)[:_NARROWING_WORDS]
    found = [word for word in words if search.text.isascii()]
    if search.label:
        found.append(f'"label":{json.dumps(None if search.label == NO_LABEL else search.label)}')
    if search.speaker.strip() and search.speaker.isascii():
        found.append(json.dumps(search.speaker.strip())[1:-1])
    return found


def _matches(row: StoredRow, search: Search) -> tuple[str, ...]:
    text, speaker = _folded(search.text), _folded(search.speaker)
    label = None if search.label == NO_LABEL else search.label

    def fits(turn: Mapping[str, Any]) -> bool:
        if search.label and turn.get("label") != label:
            return False
        if speaker and _folded(turn["speaker"]) != speaker:
            return False
        return not text or text in _folded(turn["text"])

    return tuple(turn["id"] for turn in row.body["utterances"] if fits(turn))


def _folded(text: str) -> str:
    return " ".join(text.lower().replace("\u2019", "'").split())
