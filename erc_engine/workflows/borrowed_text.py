"""Which dialogues of a corpus carry text of dev and test splits of others.

    sources = evidence_sources(workspace, "made").usual         # ("meld:dev", "meld:test")
    found = evidence(workspace, "made", sources)                # Contamination rows
    needs_job(workspace, "made", sources)                       # True when that takes long and was not done yet
    look_and_keep(workspace, "made", sources)                   # a job's work: writes <workspace>/similar/….json

What was found is kept until dialogues come to the corpus or the sources change. States of the corpus itself are read
anew each time: a drop asks for no new look.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from erc_engine.corpora.atomic import write_atomically
from erc_engine.curation.contamination import ContaminationIndex
from erc_engine.domain.conversation import Origin, Split
from erc_engine.domain.curation import Contamination, DialogueState
from erc_engine.store.encoding import to_text
from erc_engine.workflows.curation import named_source
from erc_engine.workflows.remembered import Remembered
from erc_engine.workflows.similarity import content, kept_file, place_of
from erc_engine.workflows.workspace import Workspace

AT_ONCE = 3_000  # dialogues, of corpus and sources together, that are looked through when somebody looks
_EVIDENCE: Remembered[tuple[Contamination, ...]] = Remembered(24)
_KEPT: Remembered[tuple[Contamination, ...] | None] = Remembered(24)


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


@dataclass(frozen=True)
class KeptEvidence:
    """What a file keeps: evidence in every dialogue of the corpus, whatever its state."""

    evidence: tuple[Contamination, ...]


@dataclass(frozen=True)
class LookedThrough:
    """What a job row keeps of it."""

    corpus: str
    against: tuple[str, ...]
    dialogues: int
    contaminated: int

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


def evidence(workspace: Workspace, name: str, sources: Sequence[str]) -> tuple[Contamination, ...]:
    """What each kept dialogue carries of the sources (`meld:test`), the strongest evidence for each turn."""
    found = _kept(workspace, name, sources)
    if found is None:
        key = (workspace.settings.database_url, *evidence_mark(workspace, name, sources))
        found = _EVIDENCE.get(key, lambda: _look(workspace, name, sources))
    states = workspace.store.corpora.state_of(name)
    return tuple(e for e in found if states[e.dialogue] == DialogueState.KEPT)


def needs_job(workspace: Workspace, name: str, sources: Sequence[str]) -> bool:
    """Whether it is much text to look through, and no job has done so."""
    return amount(workspace, name, sources) > AT_ONCE and _kept(workspace, name, sources) is None


def amount(workspace: Workspace, name: str, sources: Sequence[str]) -> int:
    """Dialogues to look through: the kept ones of the sources and all of the corpus."""
    browsing = workspace.store.browsing
    asked = [given.partition(":") for given in sources]
    held = sum(len(browsing.ids(n, states=["kept"], splits=[split] if split else [])) for n, _, split in asked)
    return content(workspace, name)[0] + held


def look_and_keep(
    workspace: Workspace, name: str, against: Sequence[str], *, progress: Callable[[str], None] = lambda text: None
) -> LookedThrough:
    """Hold every dialogue of a corpus against the sources and write the evidence to a file, unless it stands there."""
    dialogues = content(workspace, name)[0]
    progress(f"holding {dialogues:,} dialogues of {name} against {', '.join(against)}")
    found = _kept(workspace, name, against)
    if found is None:
        found = _look(workspace, name, against)
        write_atomically({_place(workspace, name, against): to_text(KeptEvidence(found)).encode("ascii")})
    return LookedThrough(name, tuple(against), dialogues, len({e.dialogue for e in found}))


def _look(workspace: Workspace, name: str, sources: Sequence[str]) -> tuple[Contamination, ...]:
    index = ContaminationIndex([named_source(workspace, given) for given in sources])
    dialogues = workspace.store.corpora.get(name, states=tuple(DialogueState)).dialogues
    return tuple(found for d in dialogues for found in index.check(d))


def _kept(workspace: Workspace, name: str, sources: Sequence[str]) -> tuple[Contamination, ...] | None:
    return kept_file(_KEPT, _place(workspace, name, sources), KeptEvidence, lambda kept: kept.evidence)


def _place(workspace: Workspace, name: str, sources: Sequence[str]) -> Path:
    return place_of(workspace, ["borrowed", *evidence_mark(workspace, name, sources)])


def evidence_mark(workspace: Workspace, name: str, sources: Sequence[str]) -> tuple[Any, ...]:
    """What the evidence depends on: the corpus's dialogues, and the sources with the states of theirs."""
    corpora, browsing = workspace.store.corpora, workspace.store.browsing
    held = tuple(
        (given, corpora.stored(other).hash, browsing.mark(other))
        for given in sources
        for other in [given.partition(":")[0]]
    )
    return name, corpora.stored(name).hash, content(workspace, name), held
