"""The quality card of a set against a benchmark: made once for the same content, then kept.

    card = quality_card(workspace, "made", "meld:train")      # QualityCard
    to_html(card); to_json(card)                              # a page that stands alone; a dict without NaN
    kept_card(workspace, "made", "meld:train")                # None when it was not made yet

`NAME` is the train split, as in `imbalance`; `NAME:SPLIT` and `NAME:all` are others. A benchmark that is not here (as
IEMOCAP, which is licensed) leaves the card of the set alone, with the reason at each comparison, and its published
counts beside where there are any. Large sets are sampled by a fixed seed, and the card says so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from erc_engine.classifiers.shortcut import shortcut
from erc_engine.classifiers.telling_apart import telling_apart
from erc_engine.corpora.atomic import write_atomically
from erc_engine.corpora.content import content_hash
from erc_engine.corpora.published import BENCHMARKS, VERSIONS, Version
from erc_engine.curation.encoders import Encoder, HashingEncoder
from erc_engine.curation.quality.compared import TwoSets
from erc_engine.curation.quality.diversity import diversity
from erc_engine.curation.quality.fidelity import fidelity, not_measured
from erc_engine.curation.quality.flow import flow
from erc_engine.curation.quality.leakage import leakage
from erc_engine.curation.quality.lengths import lengths
from erc_engine.curation.quality.marginals import marginals
from erc_engine.curation.quality.openers import openers
from erc_engine.curation.quality.vendi import vendi
from erc_engine.curation.sentence_encoder import SentenceEncoder
from erc_engine.domain.conversation import Dialogue, Origin, Split
from erc_engine.domain.curation import AnnotatorKind, Vote
from erc_engine.domain.labels import SCHEMES, LabelScheme
from erc_engine.domain.quality import QualityCard, Section, Side
from erc_engine.errors import InputError
from erc_engine.evaluation.resampling import RESAMPLES
from erc_engine.generation.label_words import own_label_word
from erc_engine.store.encoding import from_text, to_text
from erc_engine.workflows.browsing import shape
from erc_engine.workflows.disagreement import label_word
from erc_engine.workflows.imbalance import Part, part_choices, part_of
from erc_engine.workflows.quality_html import to_html
from erc_engine.workflows.workspace import Workspace

__all__ = ["CardDone", "against_choices", "kept_card", "make_card", "quality_card", "to_html", "to_json"]
MOST_DIALOGUES = 3_000
HASHING = "hashing: runs of 3 to 5 characters"
FORM = 1  # of the stored card; another number makes all cards anew
Progress = Callable[[str], None]


@dataclass(frozen=True)
class CardDone:
    """What a job row keeps of a card; the card stands in its file."""

    name: str
    against: str | None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class _Held:
    """The benchmark as far as it is here: its part, or why not and what is published of it."""

    part: Part | None
    absent: str = ""
    published: Version | None = None
    split: str = ""


def against_choices(workspace: Workspace, name: str) -> tuple[str, ...]:
    """What a part can be held against: imported sets of its scheme first, planted ones last, then published counts."""
    offered = part_choices(workspace)
    scheme = next((p.scheme for p in offered if p.name == name), None) or part_of(workspace, name).corpus.scheme
    parts = [p for p in offered if p.name != name]
    parts.sort(key=lambda p: (p.planted, p.origin != Origin.IMPORTED, p.scheme.names != scheme.names))
    here = {p.corpus for p in parts} | {name.partition(":")[0]}
    published = [v.benchmark for v in VERSIONS if v.splits[str(Split.TRAIN)].labels and v.benchmark not in here]
    absent = [b for b in dict.fromkeys(published) if set(SCHEMES[b].names) == set(scheme.names)]
    return (*(p.name for p in parts), *absent)


def to_json(card: QualityCard) -> dict[str, Any]:
    return card.to_json()


def make_card(
    workspace: Workspace,
    name: str,
    against: str | None = None,
    *,
    encoder: str | None = None,
    progress: Progress = lambda text: None,
) -> CardDone:
    """A job's work: afterwards `kept_card` finds it."""
    quality_card(workspace, name, against, encoder=encoder, progress=progress)
    return CardDone(name, against)


def kept_card(
    workspace: Workspace, name: str, against: str | None = None, *, encoder: str | None = None, seed: int = 0
) -> QualityCard | None:
    """The card of just these dialogues and votes as they are now, or None."""
    return _read(_place(workspace, name, against, encoder, seed, RESAMPLES))


def quality_card(
    workspace: Workspace,
    name: str,
    against: str | None = None,
    *,
    encoder: str | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
    progress: Progress = lambda text: None,
) -> QualityCard:
    """The kept card, or a new one. `encoder` names a sentence-transformers model for the Vendi score."""
    path = _place(workspace, name, against, encoder, seed, resamples)
    kept = _read(path)
    if kept is not None:
        return kept
    part, held = part_of(workspace, name), _held(workspace, against)
    if held.part is not None and held.part.name == part.name:
        raise InputError(f"{part.name} cannot be held against itself", hint="--against NAME, NAME:SPLIT of another set")
    card = _measured(workspace, part, held, encoder, seed, resamples, progress)
    write_atomically({path: to_text(card).encode("ascii")})
    return card


def _held(workspace: Workspace, against: str | None) -> _Held:
    if against is None:
        return _Held(None, "no benchmark was named")
    name, _, split = against.partition(":")
    known = name in BENCHMARKS or name in SCHEMES
    if not known or workspace.store.corpora.exists(name) or name in workspace.store.versions.names():
        return _Held(part_of(workspace, against))
    chosen = split or str(Split.TRAIN)
    published = next((v for v in VERSIONS if v.benchmark == name and chosen in v.splits), None)
    return _Held(None, f"{name} is not in this workspace", published, chosen)


def _measured(
    workspace: Workspace,
    part: Part,
    held: _Held,
    encoder: str | None,
    seed: int,
    resamples: int,
    progress: Progress,
) -> QualityCard:
    notes: list[str] = []
    mine, theirs = (_sampled(p, seed, notes) for p in (part, held.part))
    texts = TwoSets(mine, theirs, held.absent or "it has no dialogue", seed, resamples)
    scheme = part.corpus.scheme
    labels = texts
    if held.part and held.part.corpus.scheme.names != scheme.names:
        other = f"{held.part.name} is labelled in {held.part.corpus.scheme.name}, {part.name} in {scheme.name}"
        labels = TwoSets(mine, (), other, seed, resamples)
        notes.append(f"labels are not compared: {other}")
    if held.published:
        version = held.published
        notes.append(f"{version.benchmark}: published counts of {version.name} ({version.what}), {held.split}")
    if part.corpus.origin == Origin.RECORDED:
        notes.append(f"text of a large language model, replayed: {part.name}")
    vectors: Encoder = SentenceEncoder(encoder) if encoder else HashingEncoder()
    sections = []
    for section in _sections(workspace, part, held, texts, labels, vectors):
        progress(f"{section.title.lower()}: done")
        sections.append(section)
    against = _side(held.part) if held.part else None
    return QualityCard(_side(part), against, held.absent, encoder or HASHING, seed, tuple(sections), tuple(notes))


def _sections(
    workspace: Workspace, part: Part, held: _Held, texts: TwoSets, labels: TwoSets, encoder: Encoder
) -> Iterator[Section]:
    scheme = part.corpus.scheme
    counts = held.published.splits[held.split] if held.published else None
    yield from telling_apart(texts)
    yield lengths(texts, counts)
    yield openers(texts)
    yield diversity(texts)
    yield vendi(texts, encoder)
    yield marginals(labels, scheme, counts.labels if counts and set(counts.labels) == set(scheme.names) else None)
    yield flow(labels, scheme)
    yield shortcut(labels, scheme)
    yield leakage(labels, scheme, _names_it(scheme))
    yield _fidelity(workspace, part, texts)


def _names_it(scheme: LabelScheme) -> Callable[[str, str], bool]:
    return lambda text, label: own_label_word(text, label, scheme.neutral) is not None


def _fidelity(workspace: Workspace, part: Part, sets: TwoSets) -> Section:
    if not workspace.store.corpora.exists(part.corpus.name):
        return not_measured("not measured because votes belong to corpora: see the cards of the version's sources")
    votes = _votes(workspace, part.corpus.name)
    word = label_word(part.corpus)
    return fidelity(sets.mine, votes, part.corpus.scheme, word, seed=sets.seed, resamples=sets.resamples)


def _votes(workspace: Workspace, corpus: str) -> tuple[Vote, ...]:
    votes = workspace.store.votes
    return votes.of(corpus, AnnotatorKind.HUMAN) + votes.of(corpus, AnnotatorKind.LLM)


def _sampled(part: Part | None, seed: int, notes: list[str]) -> tuple[Dialogue, ...]:
    if part is None:
        return ()
    if len(part.dialogues) <= MOST_DIALOGUES:
        return part.dialogues
    chosen = np.random.default_rng(seed % 2**64).permutation(len(part.dialogues))[:MOST_DIALOGUES]
    notes.append(f"{part.name}: a sample of {MOST_DIALOGUES:,} of {len(part.dialogues):,} dialogues, seed {seed}")
    return tuple(part.dialogues[i] for i in sorted(chosen))


def _side(part: Part) -> Side:
    corpus = part.corpus
    return Side(
        part.name,
        corpus.scheme.name,
        str(corpus.origin),
        corpus.licence.name,
        corpus.licence.may_leave_machine,
        len(part.dialogues),
        sum(map(len, part.dialogues)),
        content_hash(part.dialogues),
        corpus.version,
    )


def _read(path: Path) -> QualityCard | None:
    try:
        found: QualityCard = from_text(QualityCard, path.read_text("ascii"))
    except (OSError, InputError, UnicodeDecodeError):  # not made yet, or by another version: made again on asking
        return None
    return found


def _place(
    workspace: Workspace, name: str, against: str | None, encoder: str | None, seed: int, resamples: int
) -> Path:
    marks = [_mark(workspace, given) for given in (name, against) if given]
    votes: Sequence[Vote] = ()
    corpus = name.partition(":")[0]
    if workspace.store.corpora.exists(corpus):
        votes = _votes(workspace, corpus)
    parts = [_part_name(workspace, given) for given in (name, against) if given]
    told = [FORM, parts, encoder, seed, resamples, marks, [list(asdict(v).values()) for v in votes]]
    digest = hashlib.sha256(json.dumps(told).encode()).hexdigest()
    return workspace.home / "quality" / f"{digest[:24]}.json"


def _part_name(workspace: Workspace, given: str) -> str:
    """As `part_of` calls it, without reading the dialogues."""
    if ":" in given or not workspace.store.corpora.exists(given):
        return given
    return f"{given}:{next(iter(shape(workspace, given).splits), Split.TRAIN)}"


def _mark(workspace: Workspace, given: str) -> Any:
    """What changes when a part does."""
    name, store = given.partition(":")[0], workspace.store
    if store.corpora.exists(name):
        return [store.corpora.stored(name).hash, store.browsing.mark(name)]
    return store.versions.get(name).hash if name in store.versions.names() else None
