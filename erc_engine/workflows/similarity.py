"""Near copies and a map of one corpus, for looking at it under any threshold.

    found = similarities(workspace, "demo-copies")      # found.compared is False for a large corpus
    compare_and_keep(workspace, "series")               # a job's work: writes <workspace>/similar/….json
    found.clusters(0.7)                                 # at once
    corpus_map(workspace, "demo-copies").points         # MapPoint(dialogue="leak-0", x=0.1, y=-0.3, …)

What was compared is kept in the workspace until dialogues come, and of a comparison that is kept no dialogue is read
but those that are asked for. States are read anew each time, so that a drop shows at once.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from erc_engine.corpora.atomic import write_atomically
from erc_engine.curation.duplicates import Link
from erc_engine.curation.encoders import HashingEncoder
from erc_engine.curation.neighbour_map import MOST_POINTS as MOST_POINTS
from erc_engine.curation.neighbour_map import neighbour_map
from erc_engine.curation.pair_links import FLOOR as FLOOR
from erc_engine.curation.pair_links import Pair, PairLinks, Reader
from erc_engine.curation.projection import Projection, project
from erc_engine.curation.word_diff import DiffRow as DiffRow
from erc_engine.curation.word_diff import word_diff
from erc_engine.domain.conversation import Dialogue, Origin
from erc_engine.domain.curation import DialogueState, DuplicateCluster
from erc_engine.domain.labels import LabelScheme
from erc_engine.errors import InputError
from erc_engine.store.encoding import from_text, to_text
from erc_engine.workflows.remembered import Remembered
from erc_engine.workflows.workspace import Workspace

T = TypeVar("T")
K = TypeVar("K")
OPENING_CHARACTERS = 120
AT_ONCE = 1_000  # dialogues that are compared when somebody looks; more wait until it is asked for
_LINKS: Remembered[PairLinks] = Remembered(6)
_KEPT: Remembered[PairLinks | None] = Remembered(6)


@dataclass(frozen=True)
class Similarities:
    """The similar pairs of a corpus, none before it is `compared`; all answers are about its kept dialogues."""

    corpus: str
    origin: Origin
    scheme: LabelScheme
    states: dict[str, str]
    links: PairLinks
    compared: bool = True

    @property
    def may_drop(self) -> bool:
        return self.origin != Origin.IMPORTED

    @property
    def kept(self) -> frozenset[str]:
        return frozenset(i for i, state in self.states.items() if state == DialogueState.KEPT)

    @property
    def dropped(self) -> tuple[str, ...]:
        return tuple(i for i, state in self.states.items() if state == DialogueState.DROPPED)

    def clusters(self, threshold: float) -> tuple[DuplicateCluster, ...]:
        return self.links.clusters(threshold, self.kept)

    def counts(self) -> list[tuple[float, int, int]]:
        return self.links.counts(self.kept)

    def around(self, threshold: float, each_side: int = 4) -> tuple[Pair, ...]:
        return self.links.around(threshold, each_side, self.kept)

    def dialogue(self, id_: str) -> Dialogue:
        return self.dialogues([id_])[id_]

    def dialogues(self, ids: Iterable[str]) -> Mapping[str, Dialogue]:
        """By id, read from the store."""
        return self.links.read(tuple(dict.fromkeys(ids)))

    def difference(self, left: str, right: str) -> tuple[DiffRow, ...]:
        both = self.dialogues((left, right))
        return word_diff(both[left], both[right])

    def openings(self, ids: Iterable[str]) -> dict[str, str]:
        """The first words of each, to know a dialogue by."""
        found = self.dialogues(ids).items()
        return {i: " / ".join(u.text for u in d.utterances[:3])[:OPENING_CHARACTERS] for i, d in found}


@dataclass(frozen=True)
class MapPoint:
    """`label` is the dialogue's most frequent emotion other than neutral, or neutral; None without any label."""

    dialogue: str
    x: float
    y: float
    label: str | None
    state: str
    opening: str


@dataclass(frozen=True)
class CorpusMap:
    """`explained` are the shares of variance of principal components; None for a map by neighbours."""

    corpus: str
    scheme: LabelScheme
    points: tuple[MapPoint, ...]
    explained: tuple[float, float] | None


@dataclass(frozen=True)
class LaidOut:
    """A map before the states of its dialogues are looked up."""

    points: tuple[MapPoint, ...]
    explained: tuple[float, float] | None


@dataclass(frozen=True)
class Kept:
    """What a file keeps of a comparison: places of dialogues in the order they came."""

    groups: tuple[tuple[int, ...], ...]
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Compared:
    """What a job row keeps of a comparison."""

    corpus: str
    dialogues: int
    pairs: int

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


_LAID_OUT: Remembered[LaidOut] = Remembered(12)
_MAPS: Remembered[CorpusMap] = Remembered(8)


def similarities(workspace: Workspace, name: str) -> Similarities:
    """Of all dialogues of a corpus, whatever their state; a large corpus is compared by a job alone."""
    corpora = workspace.store.corpora
    stored, states = corpora.stored(name), corpora.state_of(name)
    links = _kept(workspace, name, tuple(states))
    if links is None and len(states) <= AT_ONCE:
        key = (workspace.settings.database_url, name, content(workspace, name))
        links = _LINKS.get(key, lambda: PairLinks.of(_whole(workspace, name)))
    nothing = PairLinks(tuple(states), (), (), _reader(workspace, name))
    return Similarities(name, stored.origin, stored.scheme, states, links or nothing, links is not None)


def compare_and_keep(
    workspace: Workspace, name: str, *, progress: Callable[[str], None] = lambda text: None
) -> Compared:
    """Find every similar pair of a corpus and write them to a file, unless they stand there."""
    ids = workspace.store.browsing.ids(name)
    progress(f"comparing {len(ids):,} dialogues of {name}")
    links = _kept(workspace, name, ids)
    if links is None:
        links = PairLinks.of(_whole(workspace, name))
        write_atomically({_place(workspace, name): to_text(Kept(links.groups, links.links)).encode("ascii")})
    return Compared(name, len(ids), len(links.links))


def _kept(workspace: Workspace, name: str, ids: tuple[str, ...]) -> PairLinks | None:
    """What a job found, read once; None for no file, or one that cannot be read any more."""
    path = _place(workspace, name)

    def read(kept: Kept) -> PairLinks:
        return PairLinks(ids, kept.groups, kept.links, _reader(workspace, name))

    return kept_file(_KEPT, path, Kept, read)


def kept_file(answers: Remembered[T | None], path: Path, kind: type[K], made_of: Callable[[K], T]) -> T | None:
    """What is made of the object that a file holds, once for each writing of it; None without a readable file."""
    try:
        written = path.stat().st_mtime_ns
    except OSError:  # not made yet
        return None

    def read() -> T | None:
        try:
            kept: K = from_text(kind, path.read_text("ascii"))
        except (OSError, InputError, UnicodeDecodeError):  # by another version: made again on asking
            return None
        return made_of(kept)

    return answers.get((str(path), written), read)


def _place(workspace: Workspace, name: str) -> Path:
    return place_of(workspace, [name, workspace.store.corpora.stored(name).hash, *content(workspace, name)])


def place_of(workspace: Workspace, told: Sequence[Any]) -> Path:
    """The file for an answer that is good as long as all this stays the same."""
    return workspace.home / "similar" / f"{hashlib.sha256(json.dumps(told).encode()).hexdigest()[:24]}.json"


def content(workspace: Workspace, name: str) -> tuple[int, int]:
    """Changes with the dialogues and not with their states."""
    return workspace.store.browsing.mark(name)[:2]


def _whole(workspace: Workspace, name: str) -> tuple[Dialogue, ...]:
    return workspace.store.corpora.get(name, states=tuple(DialogueState)).dialogues


def _reader(workspace: Workspace, name: str) -> Reader:
    """Dialogues never change: read by id, and not kept."""

    def read(ids: Sequence[str]) -> dict[str, Dialogue]:
        return {i: d for i, (d, _) in workspace.store.browsing.dialogues(name, ids).items()}

    return read


class Layout(StrEnum):
    COMPONENTS = "components"
    NEIGHBOURS = "neighbours"


def layouts(dialogues: int) -> tuple[Layout, ...]:
    """Those that suit so many dialogues; the map by neighbours is offered whether it is installed or not."""
    return (Layout.COMPONENTS, Layout.NEIGHBOURS) if dialogues <= MOST_POINTS else (Layout.COMPONENTS,)


def corpus_map(workspace: Workspace, name: str, layout: Layout = Layout.COMPONENTS) -> CorpusMap:
    """Every dialogue as a point, close ones spelt alike; computed once for the same dialogues.

    UnavailableError for a map by neighbours where UMAP is not installed.
    """
    mark = workspace.store.browsing.mark(name)
    key = (workspace.settings.database_url, name, mark, layout)
    return _MAPS.get(key, lambda: _mapped(workspace, name, layout))


def _mapped(workspace: Workspace, name: str, layout: Layout) -> CorpusMap:
    scheme = workspace.store.corpora.stored(name).scheme
    found = _LAID_OUT.get(
        (workspace.settings.database_url, name, content(workspace, name), layout),
        lambda: _laid_out(_whole(workspace, name), scheme, layout),
    )
    states = workspace.store.corpora.state_of(name)
    points = tuple(replace(p, state=states[p.dialogue]) for p in found.points)
    return CorpusMap(name, scheme, points, found.explained)


def _laid_out(dialogues: Sequence[Dialogue], scheme: LabelScheme, layout: Layout) -> LaidOut:
    vectors = HashingEncoder().encode([" ".join(u.text for u in d.utterances) for d in dialogues])
    by_neighbours = layout == Layout.NEIGHBOURS
    found = Projection(neighbour_map(vectors), (0.0, 0.0)) if by_neighbours else project(vectors)
    points = tuple(
        MapPoint(d.id, float(x), float(y), leading_label(d, scheme), "", d.utterances[0].text[:80])
        for d, (x, y) in zip(dialogues, found.points, strict=True)
    )
    return LaidOut(points, None if by_neighbours else found.explained)


def leading_label(dialogue: Dialogue, scheme: LabelScheme) -> str | None:
    """The most frequent label other than neutral, of equals the first of the scheme."""
    counts = Counter(label for label in dialogue.labels if label is not None)
    emotions = [name for name in scheme.names if name != scheme.neutral and counts[name]]
    if emotions:
        return max(emotions, key=lambda name: counts[name])
    return scheme.neutral if counts else None
