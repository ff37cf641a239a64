"""Where the annotators of a corpus differ: one study that holds all, and questions to it.

    study = open_study(workspace, "demo-sitcom")
    study.report.entropy.all.mean                 # bits, with interval
    confusion(study, "intended", "llm-a")         # which labels are mixed up, and on which utterances
    flow(study, "meld-matched-0071")              # turn by turn, under each layer of labels

A study is about one kind of annotators (`kind`, by default the first that has votes: human, llm, model, anonymous);
agreement is given for each kind, never pooled. `NAME` is the whole corpus, `NAME:SPLIT` a split of it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from erc_engine.domain.conversation import Corpus, Dialogue, Origin, Utterance
from erc_engine.domain.curation import AnnotatorKind, SoftLabel, Vote
from erc_engine.domain.disagreement import (
    Confusion,
    DisagreementReport,
    EmotionFlow,
    FlowMark,
    FlowTurn,
    HardUtterance,
    Place,
)
from erc_engine.errors import InputError, NotFoundError
from erc_engine.evaluation.resampling import RESAMPLES
from erc_engine.labelling import confusion as confusions
from erc_engine.labelling.agreement import agreement
from erc_engine.labelling.counted_votes import counted
from erc_engine.labelling.disagreement import entropies, entropy, hardest, mean_entropy, votes_of
from erc_engine.labelling.human_reference import LEAST_VOTES, leave_one_out
from erc_engine.labelling.soft_labels import soft_labels
from erc_engine.workflows.browsing import shapes
from erc_engine.workflows.imbalance import ALL, Part, part_of
from erc_engine.workflows.imbalance import mark as _mark
from erc_engine.workflows.remembered import Remembered
from erc_engine.workflows.workspace import Workspace

T = TypeVar("T")
HARDEST = 50
ANY_TWO = "any two votes"
MODALITY = "the votes were given on the text alone; gold labels of MELD were given with sound and picture"
FROM_VOTES = "the labels of this corpus were made from these votes, so gold × majority says little"


@dataclass(frozen=True)
class Study:
    """A part of a corpus with all its votes. `sources` are labels by place, under the names that `confusion` takes."""

    part: str
    corpus: Corpus
    dialogues: tuple[Dialogue, ...]
    kinds: tuple[AnnotatorKind, ...]
    kind: AnnotatorKind | None
    votes: tuple[Vote, ...]
    soft: Mapping[AnnotatorKind, Mapping[Place, SoftLabel]]
    sources: Mapping[str, Mapping[Place, str]]
    annotators: tuple[str, ...]
    report: DisagreementReport | None
    mark: Hashable = None  # of studies with equal marks all answers are equal; None: it was put together by hand

    @property
    def label_word(self) -> str:
        return label_word(self.corpus)

    @property
    def recorded(self) -> bool:
        return self.corpus.origin is Origin.RECORDED


_STUDIES: Remembered[Study] = Remembered(4)  # each holds all dialogues of a corpus
_CONFUSIONS: Remembered[Confusion] = Remembered(64)
_RANKED: Remembered[tuple[tuple[str, float | None], ...]] = Remembered(8)


@dataclass(frozen=True)
class StudyChoice:
    """A corpus that can be studied, with the splits it has and the kinds of annotators that voted on it."""

    corpus: str
    splits: tuple[str, ...]
    kinds: tuple[AnnotatorKind, ...]


def study_choices(workspace: Workspace) -> tuple[StudyChoice, ...]:
    """Corpora with kept dialogues, those with votes first."""
    found = [
        StudyChoice(shape.stored.name, tuple(shape.splits), workspace.store.votes.kinds(shape.stored.name))
        for shape in shapes(workspace)
        if shape.splits
    ]
    return tuple(sorted(found, key=lambda choice: not choice.kinds))


def label_word(corpus: Corpus) -> str:
    """What a corpus's own label is called: somebody decided it is gold, or a plan intended it."""
    return "gold" if corpus.origin is Origin.IMPORTED else "intended"


def majority_of(kind: AnnotatorKind) -> str:
    return f"majority of {kind}"


def open_study(
    workspace: Workspace,
    given: str,
    *,
    kind: AnnotatorKind | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
    most: int = HARDEST,
) -> Study:
    """Everything about the votes on a part; `report` is None when nobody has voted there.

    Worked out once, then remembered until a dialogue, its state or a vote comes.
    """
    mark = (workspace.settings.database_url, given, *study_mark(workspace, given), kind, seed, resamples, most)
    return _STUDIES.get(mark, lambda: replace(_study(workspace, given, kind, seed, resamples, most), mark=mark))


def study_mark(workspace: Workspace, given: str) -> tuple[Hashable, ...]:
    """Changes with the dialogues, their states and the votes of a part."""
    return _mark(workspace, given), workspace.store.votes.mark(given.partition(":")[0])


def _study(workspace: Workspace, given: str, kind: AnnotatorKind | None, seed: int, resamples: int, most: int) -> Study:
    part = part_of(workspace, given, plain=ALL)
    given_votes = workspace.store.votes.of(part.corpus.name)
    voted_on = {(v.dialogue, v.utterance) for v in given_votes}
    there = {place for d in part.dialogues for u in d.utterances if (place := (d.id, u.id)) in voted_on}
    votes = tuple(v for v in given_votes if (v.dialogue, v.utterance) in there)
    kinds = tuple(k for k in AnnotatorKind if any(v.kind == k for v in votes))
    if kind is not None and kind not in kinds:
        raise NotFoundError(
            f"'{part.name}' has no votes of kind {kind}", hint=f"kinds there: {', '.join(kinds) or 'none yet'}"
        )
    chosen = kind or (kinds[0] if kinds else None)
    soft = {k: soft_labels((v for v in votes if v.kind == k), part.corpus.scheme) for k in kinds}
    sources, annotators = _sources(part, votes, soft, chosen)
    study = Study(part.name, part.corpus, part.dialogues, kinds, chosen, votes, soft, sources, annotators, None)
    if chosen is None:
        return study
    return replace(study, report=_report(study, chosen, seed, resamples, most))


def _sources(
    part: Part,
    votes: Iterable[Vote],
    soft: Mapping[AnnotatorKind, Mapping[Place, SoftLabel]],
    kind: AnnotatorKind | None,
) -> tuple[dict[str, dict[Place, str]], tuple[str, ...]]:
    own = {(d.id, u.id): u.label for d in part.dialogues for u in d.utterances if u.label is not None}
    sources: dict[str, dict[Place, str]] = {label_word(part.corpus): own}
    sources |= {majority_of(k): confusions.majorities(labels) for k, labels in soft.items()}
    named: dict[str, dict[Place, str]] = {}
    for vote in counted(votes):
        if vote.kind == kind and vote.kind != AnnotatorKind.ANONYMOUS:
            named.setdefault(vote.annotator, {})[vote.dialogue, vote.utterance] = vote.label
    taken = {name: f"annotator {name}" if name in sources else name for name in sorted(named)}
    return sources | {taken[name]: named[name] for name in taken}, tuple(taken.values())


def _report(study: Study, kind: AnnotatorKind, seed: int, resamples: int, most: int) -> DisagreementReport:
    scheme, dialogues = study.corpus.scheme, study.dialogues
    votes = [v for v in study.votes if v.kind == kind]
    by_kind = tuple(
        agreement([v for v in study.votes if v.kind == k], scheme, dialogues, seed=seed, resamples=resamples)
        for k in study.kinds
    )
    reference = leave_one_out(votes, scheme, dialogues, seed=seed, resamples=resamples)
    notes = [MODALITY, FROM_VOTES] if study.corpus.kind == "emotionlines" else []
    if study.recorded:
        notes.append(f"text of a large language model, replayed: {study.corpus.name}")
    return DisagreementReport(
        part=study.part,
        kind=str(kind),
        label_word=study.label_word,
        agreement=by_kind,
        entropy=entropies(votes, scheme, dialogues, seed=seed, resamples=resamples),
        entropy_reason="no utterance has two votes that count",
        reference=reference,
        reference_reason=f"no utterance has {LEAST_VOTES} votes that count: the others need a plurality",
        perceived=confusion(study, study.label_word, majority_of(kind), seed=seed, resamples=resamples),
        hardest=hardest(votes, scheme, dialogues, most),
        notes=tuple(notes),
    )


def confusion(study: Study, rows: str, columns: str, *, seed: int = 0, resamples: int = RESAMPLES) -> Confusion:
    """Two sources by name; with ANY_TWO for both, any vote of the study's kind against any other."""
    asked = (rows, columns, seed, resamples)
    return _once(_CONFUSIONS, study, asked, lambda: _confusion(study, rows, columns, seed, resamples))


def _once(answers: Remembered[T], study: Study, asked: Hashable, compute: Callable[[], T]) -> T:
    return compute() if study.mark is None else answers.get((study.mark, asked), compute)


def _confusion(study: Study, rows: str, columns: str, seed: int, resamples: int) -> Confusion:
    scheme, dialogues = study.corpus.scheme, study.dialogues
    if rows == ANY_TWO or columns == ANY_TWO:
        return confusions.any_two([v for v in study.votes if v.kind == study.kind], scheme, dialogues)
    for name in (rows, columns):
        if name not in study.sources:
            raise InputError(f"'{name}' has not labelled {study.part}", hint=f"there are {', '.join(study.sources)}")
    return confusions.confusion(
        rows, study.sources[rows], columns, study.sources[columns], scheme, dialogues, seed=seed, resamples=resamples
    )


def utterances(study: Study, places: Iterable[Place]) -> tuple[HardUtterance, ...]:
    """The utterances at these places with their votes, in the order given."""
    turns = {(d.id, u.id): u for d in study.dialogues for u in d.utterances}
    soft = study.soft.get(study.kind, {}) if study.kind else {}
    found = []
    for place in places:
        u, label = turns[place], soft.get(place)
        given = {name: study.sources[name][place] for name in study.annotators if place in study.sources[name]}
        bits, votes = (entropy(label.shares), votes_of(label)) if label else (0.0, {})
        found.append(HardUtterance(place[0], place[1], u.speaker, u.text, u.label, bits, votes, given))
    return tuple(found)


def dialogues_by_entropy(study: Study) -> tuple[tuple[str, float | None], ...]:
    """Ids with their mean entropy in bits, the most disputed first; those without two votes last, in order."""
    return _once(_RANKED, study, "", lambda: _ranked(study))


def _ranked(study: Study) -> tuple[tuple[str, float | None], ...]:
    soft = study.soft.get(study.kind, {}) if study.kind else {}
    found = [(d.id, mean_entropy(soft, d).value) for d in study.dialogues]
    return tuple(sorted(found, key=lambda each: -1.0 if each[1] is None else each[1], reverse=True))


def flow(study: Study, dialogue_id: str) -> EmotionFlow:
    """A dialogue under its own labels and the plurality of each kind of annotators."""
    dialogue = next((d for d in study.dialogues if d.id == dialogue_id), None)
    if dialogue is None:
        raise NotFoundError(f"'{study.part}' has no dialogue '{dialogue_id}'", hint="ids are those of the source")
    layers = (study.label_word, *(majority_of(k) for k in study.kinds))

    def marks(u: Utterance) -> Iterable[FlowMark]:
        if u.label is not None:
            yield FlowMark(study.label_word, (u.label,))
        for k in study.kinds:
            label = study.soft[k].get((dialogue.id, u.id))
            if label:
                leading = (label.majority,) if label.majority else label.ties
                yield FlowMark(majority_of(k), leading, label.shares[leading[0]], label.n)

    turns = tuple(FlowTurn(n, u.id, u.speaker, u.text, tuple(marks(u))) for n, u in enumerate(dialogue.utterances, 1))
    return EmotionFlow(dialogue.id, layers, turns)
