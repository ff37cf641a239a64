"""Near copies, borrowed text and a map of one corpus, for looking at it under any threshold.

    found = similarities(workspace, "demo-copies")      # found.compared is False for a large corpus
    compare_and_keep(workspace, "series")               # a job's work: writes <workspace>/similar/….json
    found.clusters(0.7)                                 # at once
    evidence(workspace, "demo-copies", ["meld:test"])   # Contamination rows
    corpus_map(workspace, "demo-copies").points         # MapPoint(dialogue="leak-0", x=0.1, y=-0.3, …)

What was compared is kept in the workspace until dialogues come. States are read anew each time, so that a drop shows
at once without comparing anything again.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from erc_engine.corpora.atomic import write_atomically
from erc_engine.curation.contamination import ContaminationIndex
from erc_engine.curation.duplicates import Link
from erc_engine.curation.encoders import HashingEncoder
from erc_engine.curation.neighbour_map import MOST_POINTS as MOST_POINTS
from erc_engine.curation.neighbour_map import neighbour_map
from erc_engine.curation.pair_links import FLOOR as FLOOR
from erc_engine.curation.pair_links import Pair, PairLinks
from erc_engine.curation.projection import Projection, project
from erc_engine.curation.word_diff import DiffRow as DiffRow
from erc_engine.curation.word_diff import word_diff
from erc_engine.domain.conversation import Corpus, Dialogue, Origin, Split
from erc_engine.domain.curation import Contamination, DialogueState, DuplicateCluster
from erc_engine.domain.labels import LabelScheme
from erc_engine.errors import InputError
from erc_engine.store.encoding import from_text, to_text
from erc_engine.workflows.curation import named_source
from erc_engine.workflows.remembered import Remembered
from erc_engine.workflows.workspace import Workspace

OPENING_CHARACTERS = 120
AT_ONCE = 1_000  # dialogues that are compared when somebody looks; more wait until it is asked for
_LINKS: Remembered[PairLinks] = Remembered(6)
_KEPT: Remembered[PairLinks | None] = Remembered(6)
_DIALOGUES: Remembered[tuple[Dialogue, ...]] = Remembered(6)
_MAPS: Remembered[Projection] = Remembered(12)
_EVIDENCE: Remembered[tuple[Contamination, ...]] = Remembered(24)


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
        return self.links.by_id[id_]

    def difference(self, left: str, right: str) -> tuple[DiffRow, ...]:
        return word_diff(self.dialogue(left), self.dialogue(right))

    def opening(self, id_: str) -> str:
        """The first words, to know a dialogue by."""
        return " / ".join(u.text for u in self.dialogue(id_).utterances[:3])[:OPENING_CHARACTERS]


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


def similarities(workspace: Workspace, name: str) -> Similarities:
    """Of all dialogues of a corpus, whatever their state; a large corpus is compared by a job alone."""
    corpora = workspace.store.corpora
    stored, states = corpora.stored(name), corpora.state_of(name)
    dialogues = _dialogues(workspace, name)
    links = _kept(workspace, name, dialogues)
    if links is None and len(dialogues) <= AT_ONCE:
        key = (workspace.settings.database_url, name, _content(workspace, name))
        links = _LINKS.get(key, lambda: PairLinks.of(dialogues))
    nothing = PairLinks(dialogues, (), ())
    return Similarities(name, stored.origin, stored.scheme, states, links or nothing, links is not None)


def compare_and_keep(
    workspace: Workspace, name: str, *, progress: Callable[[str], None] = lambda text: None
) -> Compared:
    """Find every similar pair of a corpus and write them to a file, unless they stand there."""
    dialogues = _dialogues(workspace, name)
    progress(f"comparing {len(dialogues):,} dialogues of {name}")
    links = _kept(workspace, name, dialogues)
    if links is None:
        links = PairLinks.of(dialogues)
        write_atomically({_place(workspace, name): to_text(Kept(links.groups, links.links)).encode("ascii")})
    return Compared(name, len(dialogues), len(links.links))


def _kept(workspace: Workspace, name: str, dialogues: tuple[Dialogue, ...]) -> PairLinks | None:
    """What a job found, read once; None for no file, or one that cannot be read any more."""
    path = _place(workspace, name)
    try:
        written = path.stat().st_mtime_ns
    except OSError:  # not made yet
        return None

    def read() -> PairLinks | None:
        try:
            kept: Kept = from_text(Kept, path.read_text("ascii"))
        except (OSError, InputError, UnicodeDecodeError):  # by another version: made again on asking
            return None
        return PairLinks(dialogues, kept.groups, kept.links)

    return _KEPT.get((str(path), written), read)


def _dialogues(workspace: Workspace, name: str) -> tuple[Dialogue, ...]:
    key = (workspace.settings.database_url, name, _content(workspace, name))
    return _DIALOGUES.get(key, lambda: _whole(workspace, name).dialogues)


def _place(workspace: Workspace, name: str) -> Path:
    told = [name, workspace.store.corpora.stored(name).hash, *_content(workspace, name)]
    return workspace.home / "similar" / f"{hashlib.sha256(json.dumps(told).encode()).hexdigest()[:24]}.json"


def _content(workspace: Workspace, name: str) -> tuple[int, int]:
    """Changes with the dialogues and not with their states."""
    return workspace.store.browsing.mark(name)[:2]


def _whole(workspace: Workspace, name: str) -> Corpus:
    return workspace.store.corpora.get(name, states=tuple(DialogueState))


@dataclass(frozen=True)
class EvidenceSources:
    """Dev and test splits of other corpora (`meld:test`): of imported benchmarks, of recorded demo corpora, of others.

    `usual` is what a corpus is held against when nobody chooses: every benchmark, and for recorded text the recorded
    corpora too, which it was made from or written like; all there are when that is nothing.
    """

    benchmarks: tuple[str, ...]
    recorded: tuple[str, ...]
    others: tuple[str, ...]
    of_recorded: bool

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.benchmarks, *self.recorded, *self.others)

    @property
    def usual(self) -> tuple[str, ...]:
        return (*self.benchmarks, *(self.recorded if self.of_recorded else ())) or self.all


def evidence_sources(workspace: Workspace, name: str) -> EvidenceSources:
    """What a corpus can be held against."""
    corpora = workspace.store.corpora
    found: dict[str, list[str]] = {"benchmarks": [], "recorded": [], "others": []}
    kinds = {Origin.IMPORTED: "benchmarks", Origin.RECORDED: "recorded"}
    for other in corpora.names():
        kind = kinds.get(corpora.stored(other).origin, "others")
        for split in (Split.DEV, Split.TEST):
            if other != name and workspace.store.browsing.ids(other, states=["kept"], splits=[split]):
                found[kind].append(f"{other}:{split}")
    of_recorded = corpora.stored(name).origin == Origin.RECORDED
    return EvidenceSources(tuple(found["benchmarks"]), tuple(found["recorded"]), tuple(found["others"]), of_recorded)


def evidence(workspace: Workspace, name: str, sources: Sequence[str]) -> tuple[Contamination, ...]:
    """What each kept dialogue carries of the sources (`meld:test`), the strongest evidence for each turn."""
    browsing = workspace.store.browsing
    marks = tuple((given, browsing.mark(given.partition(":")[0])) for given in sources)
    key = (workspace.settings.database_url, name, browsing.mark(name), marks)

    def look() -> tuple[Contamination, ...]:
        index = ContaminationIndex([named_source(workspace, given) for given in sources])
        return tuple(found for d in workspace.store.corpora.get(name).dialogues for found in index.check(d))

    return _EVIDENCE.get(key, look)


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
    dialogues, scheme = _dialogues(workspace, name), workspace.store.corpora.stored(name).scheme
    found = _MAPS.get(
        (workspace.settings.database_url, name, _content(workspace, name), layout),
        lambda: _laid_out([" ".join(u.text for u in d.utterances) for d in dialogues], layout),
    )
    states = workspace.store.corpora.state_of(name)
    points = tuple(
        MapPoint(d.id, float(x), float(y), leading_label(d, scheme), states[d.id], d.utterances[0].text[:80])
        for d, (x, y) in zip(dialogues, found.points, strict=True)
    )
    return CorpusMap(name, scheme, points, found.explained if layout == Layout.COMPONENTS else None)


def _laid_out(texts: Sequence[str], layout: Layout) -> Projection:
    vectors = HashingEncoder().encode(texts)
    if layout == Layout.NEIGHBOURS:
        return Projection(neighbour_map(vectors), (0.0, 0.0))
    return project(vectors)


def leading_label(dialogue: Dialogue, scheme: LabelScheme) -> str | None:
    """The most frequent label other than neutral, of equals the first of the scheme."""
    counts = Counter(label for label in dialogue.labels if label is not None)
    emotions = [name for name in scheme.names if name != scheme.neutral and counts[name]]
    if emotions:
        return max(emotions, key=lambda name: counts[name])
    return scheme.neutral if counts else None
