"""Whether people who did not see the intended label choose it: blind votes against the set's own labels.

    fidelity(dialogues, votes, scheme("meld"), "intended").row("human").mine    # Measured(0.71, (0.66, 0.76), n=320)

Only votes given in blind mode count for people; those of language models count unless they had the label in sight,
and stand in rows of their own. n counts votes; each vote is right or not, there is no majority to hide behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from erc_engine.curation.quality.compared import TwoSets, drawn_sides
from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.curation import AnnotatorKind, Measured, Vote
from erc_engine.domain.labels import LabelScheme
from erc_engine.domain.quality import SHARE, Aid, Bars, Row, Section
from erc_engine.evaluation.resampling import RESAMPLES, measured, ratio

BLIND, VERIFY = "blind", "verify"
NOBODY = "not measured because nobody has reviewed it blind"
NO_LLM = "not measured because no language model has voted on it"
WHO = ((AnnotatorKind.HUMAN, "people, blind"), (AnnotatorKind.LLM, "language models"))
AID = Aid(
    "Share of votes that chose the set's own label, by people who did not see it, and apart from that by language "
    "models; overall and for each label.",
    "Low: the text does not carry the emotion it was written for. People agree little on everyday turns (Fleiss' "
    "kappa .34 on Friends), so near 100 % says the turns are plainer than real ones. Models agree with models.",
    "own; intervals from resampling dialogues. kappa of EmotionLines: Chen et al. 2018 (arXiv 1802.08379)",
)


def counted(votes: Iterable[Vote], kind: AnnotatorKind) -> list[Vote]:
    """The last vote of each annotator on each utterance, if it was blind (for a language model: not anchored)."""
    last: dict[tuple[str, str, str], Vote] = {}
    for vote in votes:
        if vote.kind == kind and (vote.mode == BLIND or (kind == AnnotatorKind.LLM and vote.mode != VERIFY)):
            last[vote.dialogue, vote.utterance, vote.annotator] = vote
    return list(last.values())


def fidelity(
    dialogues: Sequence[Dialogue],
    votes: Sequence[Vote],
    scheme: LabelScheme,
    label_word: str,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Section:
    """`label_word` says whether the set's own labels are gold or intended."""
    rows: list[Row] = []
    shares: list[tuple[float | None, ...]] = []
    for kind, who in WHO:
        table = _agreements(dialogues, counted(votes, kind), scheme)
        (drawn,) = drawn_sides(
            lambda s: np.concatenate(
                [ratio(s[..., 0].sum(-1), s[..., 1].sum(-1))[..., None], ratio(s[..., 0], s[..., 1])], -1
            ),
            [table],
            TwoSets(tuple(dialogues), seed=seed, resamples=resamples),
        )
        n = table.sum(0)[:, 1]
        nobody = NOBODY if kind == AnnotatorKind.HUMAN else NO_LLM
        whole = measured(drawn[0], int(n.sum()), nobody)
        rows.append(Row(str(kind), f"{who}: {label_word} label chosen", "votes", whole, None, unit=SHARE))
        for i, name in enumerate(scheme.names if n.sum() else ()):
            one = measured(drawn[i + 1], int(n[i]), f"no vote on a turn labelled {name}")
            rows.append(Row(f"{kind}_{name}", f"{who}: {name}", "votes", one, None, unit=SHARE))
        shares.append(tuple(_plain(drawn.value[i + 1]) for i in range(len(scheme.names))))
    pictures = tuple(
        Bars(f"fidelity_{kind}", who, scheme.names, each)
        for (kind, who), each in zip(WHO, shares, strict=True)
        if any(value is not None for value in each)
    )
    return Section("fidelity", "Are the labels perceived", AID, tuple(rows), pictures)


def not_measured(reason: str) -> Section:
    rows = tuple(Row(str(kind), who, "votes", Measured.undefined(reason), None, unit=SHARE) for kind, who in WHO)
    return Section("fidelity", "Are the labels perceived", AID, rows)


def _plain(value: np.floating) -> float | None:
    return float(value) if np.isfinite(value) else None


def _agreements(dialogues: Sequence[Dialogue], votes: Iterable[Vote], scheme: LabelScheme) -> np.ndarray:
    """(dialogues, labels, 2): votes that chose the label, and all votes, by the turn's own label."""
    own = {(d.id, u.id): (row, u.label) for row, d in enumerate(dialogues) for u in d.utterances if u.label is not None}
    table = np.zeros((len(dialogues), len(scheme.names), 2), np.int64)
    for vote in votes:
        if (vote.dialogue, vote.utterance) in own:
            row, label = own[vote.dialogue, vote.utterance]
            table[row, scheme.index(str(label))] += (vote.label == label, 1)
    return table
