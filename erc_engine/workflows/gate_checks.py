"""The check of a gate by people who do not know what it decided: draw a sample, let it be labelled, compare.

    drawn = draw_sample(workspace, "meld-extra", turns=60, seed=1)     # a corpus "meld-extra-check-1" to review blind
    audit = audit_gate(workspace, "meld-extra")
    audit.overall.recall, audit.told

Dialogues are drawn in three strata, as many turns from each: rejected ones, those with masked turns, those that passed
whole. Their copies stand in one corpus in drawn order, under new names and without any label.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from erc_engine.domain.conversation import Corpus, Dialogue, Split, Utterance
from erc_engine.domain.curation import AnnotatorKind, DialogueState
from erc_engine.domain.review import none_of_these
from erc_engine.domain.verification import GateAudit, SampledDialogue, SampledTurn
from erc_engine.errors import InputError, NotFoundError
from erc_engine.labelling.gate_audit import CheckedTurn, audit_rows, in_words
from erc_engine.labelling.soft_labels import soft_labels
from erc_engine.workflows.gates import Decided, decided, default_gate
from erc_engine.workflows.workspace import Workspace

STRATA = ("rejected", "masked", "passed")
KIND = "blind check"


@dataclass(frozen=True)
class Sample:
    """What was drawn: dialogues of each stratum, of how many."""

    name: str
    corpus: str
    gate: str
    dialogues: int
    turns: int

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


def draw_sample(
    workspace: Workspace,
    corpus: str,
    *,
    turns: int = 60,
    seed: int = 1,
    gate: str | None = None,
    threshold: float = 0.5,
) -> Sample:
    """The same command again gives the sample that is there. How many of which stratum is told to nobody here, since
    whoever draws may be the one who labels."""
    if turns < 1:
        raise InputError(f"a sample cannot have {turns} turns", hint="1 or more")
    name = f"{corpus}-check-{seed}"
    there = workspace.store.verdicts.samples(corpus).get(name)
    if there is not None:
        return _told(there)
    gate = gate or default_gate(workspace, corpus)
    chosen = _drawn(decided(workspace, corpus, gate, threshold=threshold), turns, seed)
    if not chosen:
        raise NotFoundError(
            f"the gate has decided on no dialogue of '{corpus}' yet", hint=f"erc verify {corpus} --help"
        )
    of = workspace.store.corpora.stored(corpus)
    copies, rows = [], []
    for number, (stratum, total, found) in enumerate(chosen, start=1):
        copy = _copied(f"check-{number:03d}", found.dialogue)
        copies.append(copy)
        pairs = zip(copy.utterances, found.dialogue.utterances, found.intended, found.decisions, strict=True)
        told = tuple(SampledTurn(u.id, source.id, label, said) for u, source, label, said in pairs)
        rows.append(SampledDialogue(name, copy.id, corpus, found.id, gate, stratum, total, told))
    made = Corpus(name, KIND, of.scheme, tuple(copies), of.licence, of.origin)
    workspace.store.corpora.add(made, faults=(), source=f"drawn from {corpus}", hash=f"check of {corpus}, seed {seed}")
    workspace.store.verdicts.add_sample(rows)
    return _told(rows)


def _told(rows: Sequence[SampledDialogue]) -> Sample:
    return Sample(rows[0].sample, rows[0].corpus, rows[0].gate, len(rows), sum(len(row.turns) for row in rows))


def _copied(id_: str, dialogue: Dialogue) -> Dialogue:
    turns = tuple(Utterance(f"{id_}:{n}", u.speaker, u.text) for n, u in enumerate(dialogue.utterances))
    return Dialogue(id_, Split.TRAIN, turns)


def _drawn(population: Sequence[Decided], turns: int, seed: int) -> list[tuple[str, int, Decided]]:
    """In turn from each stratum that has any left, until there are enough turns; then shuffled."""
    draw = random.Random(f"gate check {seed}")
    strata = {name: [d for d in population if d.stratum == name] for name in STRATA}
    sizes = {name: len(found) for name, found in strata.items()}
    for found in strata.values():
        draw.shuffle(found)
    taken: Counter[str] = Counter()
    chosen: list[tuple[str, int, Decided]] = []
    while any(strata.values()) and taken.total() < turns:
        name = min((n for n in STRATA if strata[n]), key=lambda n: taken[n])
        one = strata[name].pop()
        taken[name] += len(one.dialogue)
        chosen.append((name, sizes[name], one))
    draw.shuffle(chosen)
    return chosen


def audit_gate(workspace: Workspace, corpus: str, *, sample: str | None = None, seed: int = 0) -> GateAudit:
    """The newest sample that somebody has labelled, or the one named. What is not known says why."""
    workspace.store.corpora.stored(corpus)
    samples = workspace.store.verdicts.samples(corpus)
    if sample is not None and sample not in samples:
        raise NotFoundError(
            f"there is no sample '{sample}' of '{corpus}'", hint=f"there: {', '.join(samples) or 'none'}"
        )
    scheme = workspace.store.corpora.stored(corpus).scheme
    names = (sample,) if sample else tuple(samples)
    for name in names:
        turns = _checked(workspace, samples[name])
        if turns or name == names[-1]:
            rows = samples[name]
            overall, labels = audit_rows(turns, scheme, seed=seed)
            told = in_words(overall, labels)
            return GateAudit(
                corpus, rows[0].gate, name, len(rows), len({t.dialogue for t in turns}), overall, labels, told
            )
    overall, labels = audit_rows((), scheme)
    told = (f"Not known: no sample was drawn for review yet (erc verify sample {corpus}).",)
    return GateAudit(corpus, "", "", 0, 0, overall, labels, told)


def _checked(workspace: Workspace, rows: Sequence[SampledDialogue]) -> list[CheckedTurn]:
    """Turns with an answer. A dialogue stands for as many as its stratum has, over those reviewed of it."""
    store, sample = workspace.store, rows[0].sample
    stored = store.corpora.get(sample, states=tuple(DialogueState))
    votes = [v for v in store.votes.of(sample, AnnotatorKind.HUMAN) if v.mode != "verify"]
    said = {place: label.majority for place, label in soft_labels(votes, stored.scheme).items()}
    said.update(dict.fromkeys(none_of_these(store.review.events(sample))))
    reviewed = Counter(row.stratum for row in rows if any((row.dialogue, t.utterance) in said for t in row.turns))
    found = []
    for row in rows:
        for turn in row.turns:
            place = (row.dialogue, turn.utterance)
            if turn.intended is None or place not in said:
                continue
            weight = row.of / reviewed[row.stratum]
            right = said[place] == turn.intended
            found.append(CheckedTurn(row.dialogue, weight, turn.intended, turn.decision == "passed", right))
    return found


def review_queue_of(workspace: Workspace, corpus: str) -> dict[str, Any] | None:
    """The newest sample as the review page takes a list of dialogues, None when there is none."""
    samples = workspace.store.verdicts.samples(corpus)
    name = next(iter(samples), None)
    return None if name is None else {"corpus": name, "dialogues": [row.dialogue for row in samples[name]]}
