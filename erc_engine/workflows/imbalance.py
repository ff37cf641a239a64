"""Label shares and dynamics of corpora, splits and frozen versions, side by side and against a benchmark.

    report = imbalance(workspace, ["demo-balanced", "meld:dev"], against="meld")
    plan = plan_gap(report.parts[0], {"neutral": 1, "joy": 1, …})
    plan.add                        # utterances of each label to add

`NAME` is the train split where there is one, since targets are taken from train alone; `NAME:SPLIT` is that
split and `NAME:all` everything kept.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from erc_engine.curation import imbalance as balance_of
from erc_engine.curation.dynamics import dynamics
from erc_engine.curation.imbalance import Target
from erc_engine.domain.conversation import Corpus, Dialogue, Origin, Split
from erc_engine.domain.imbalance import Dynamics, Gap, ImbalanceReport, LabelBalance
from erc_engine.domain.labels import LabelScheme
from erc_engine.errors import InputError, NotFoundError
from erc_engine.evaluation.resampling import RESAMPLES
from erc_engine.workflows.browsing import shapes
from erc_engine.workflows.datasets import version_as_corpus
from erc_engine.workflows.remembered import Remembered
from erc_engine.workflows.workspace import Workspace

ALL = "all"
UNIFORM = "uniform"
_REPORTS: Remembered[ImbalanceReport] = Remembered(32)


@dataclass(frozen=True)
class Part:
    """Some dialogues under the name that reports call them by: `meld:train`. The corpus is read as far as needed."""

    name: str
    corpus: Corpus
    dialogues: tuple[Dialogue, ...]

    @property
    def labelled(self) -> int:
        return sum(label is not None for d in self.dialogues for label in d.labels)


@dataclass(frozen=True)
class PartChoice:
    """A part that can be chosen, without its dialogues; `planted` when its faults were made for the demo."""

    name: str
    scheme: LabelScheme
    dialogues: int
    origin: Origin
    planted: bool = False

    @property
    def corpus(self) -> str:
        return self.name.partition(":")[0]


def part_choices(workspace: Workspace) -> tuple[PartChoice, ...]:
    """Each split of each corpus that has kept dialogues, corpora in the order of their names."""
    return tuple(
        PartChoice(
            f"{shape.stored.name}:{split}",
            shape.stored.scheme,
            counts.dialogues,
            shape.stored.origin,
            shape.stored.kind == "planted",
        )
        for shape in shapes(workspace)
        for split, counts in shape.splits.items()
    )


def part_of(workspace: Workspace, given: str, *, plain: str | None = None) -> Part:
    """The part that `NAME`, `NAME:SPLIT` or `NAME:all` names; `plain` says what NAME alone is, by default train."""
    name, _, split_name = given.partition(":")
    if split_name not in ("", ALL, *Split):
        raise InputError(f"'{split_name}' in '{given}' is not a split", hint=f"train, dev, test or {ALL}")
    corpora, versions = workspace.store.corpora, workspace.store.versions
    if not corpora.exists(name) and name in versions.names():
        corpus = version_as_corpus(workspace, name)
        there = [split for split in Split if corpus.split(split)]
        chosen = split_name or plain or (there[0] if there else Split.TRAIN)
        dialogues = corpus.dialogues if chosen == ALL else corpus.split(Split(chosen))
    else:
        there = [split for split in Split if workspace.store.browsing.ids(name, states=["kept"], splits=[split])]
        chosen = split_name or plain or (there[0] if there else Split.TRAIN)
        corpus = corpora.get(name, splits=None if chosen == ALL else (Split(chosen),))
        dialogues = corpus.dialogues
    if not dialogues and chosen != ALL:
        raise NotFoundError(
            f"'{name}' has no dialogue in {chosen}",
            hint=f"splits there: {', '.join(there) or 'none, it is empty'}",
        )
    return Part(f"{name}:{chosen}", corpus, dialogues)


def imbalance(
    workspace: Workspace,
    names: Sequence[str],
    *,
    against: str | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> ImbalanceReport:
    """Every part with its distance to uniform shares and, when there is one, to the part it is held against.

    Computed once, then remembered until one of the corpora changes.
    """
    if not names:
        raise InputError("nothing to look at", hint="name a corpus, NAME:SPLIT, or a frozen version")
    marks = tuple((name, mark(workspace, name)) for name in (*names, *([against] if against else [])))
    key = (workspace.settings.database_url, marks, against, seed, resamples)
    return _REPORTS.get(key, lambda: _compared(workspace, names, against, seed, resamples))


def mark(workspace: Workspace, given: str) -> Hashable:
    """What changes when a part does: a frozen version never does."""
    name = given.partition(":")[0]
    return workspace.store.browsing.mark(name) if workspace.store.corpora.exists(name) else ()


def _compared(
    workspace: Workspace, names: Sequence[str], against: str | None, seed: int, resamples: int
) -> ImbalanceReport:
    parts = [part_of(workspace, name) for name in dict.fromkeys(names)]
    held = part_of(workspace, against) if against else None
    _same_scheme([*parts, held] if held else parts)
    measured = [_measured(part, held, seed, resamples) for part in parts]
    base = _measured(held, None, seed, resamples) if held else (None, None)
    notes = [f"text of a large language model, replayed: {p.name}" for p in parts if p.corpus.origin is Origin.RECORDED]
    return ImbalanceReport(
        parts=tuple(b for b, _ in measured),
        dynamics=tuple(d for _, d in measured),
        against=base[0],
        against_dynamics=base[1],
        notes=tuple(notes),
    )


def may_be_planned(part: str) -> bool:
    """Only a train part is added to, or gives a target: dev and test never shape what is generated."""
    return part.endswith(f":{Split.TRAIN}")


def plan_gap(part: LabelBalance, wanted: Mapping[str, float], utterances: int | None = None) -> Gap:
    """What to add to a part for the wanted label weights; see `curation.imbalance.gap`."""
    return balance_of.gap(part.counts, wanted, utterances)


def _same_scheme(parts: Sequence[Part]) -> None:
    first = parts[0]
    for part in parts[1:]:
        if part.corpus.scheme.names != first.corpus.scheme.names:
            raise InputError(
                f"{part.name} is labelled in {part.corpus.scheme.name}, {first.name} in {first.corpus.scheme.name}",
                hint="only parts of one label scheme stand side by side: labels of two schemes do not mean the same",
            )


def _measured(part: Part, held: Part | None, seed: int, resamples: int) -> tuple[LabelBalance, Dynamics]:
    scheme = part.corpus.scheme
    targets = [Target(UNIFORM, dict.fromkeys(scheme.names, 1 / len(scheme.names)))]
    other = held if held and held.name != part.name else None
    if other:
        counts = balance_of.label_counts(other.dialogues, scheme).sum(0)
        shares = {name: float(n / (counts.sum() or 1)) for name, n in zip(scheme.names, counts, strict=True)}
        targets.append(Target(other.name, shares, other.dialogues))
    found = balance_of.balance(part.name, part.dialogues, scheme, targets=targets, seed=seed, resamples=resamples)
    flow = dynamics(
        part.name, part.dialogues, scheme,
        against=other.dialogues if other else (), seed=seed, resamples=resamples,
    )  # fmt: skip
    return found, flow
