"""A corpus in numbers: what `import` and `describe` answer.

summarise(corpus, faults, {"kept": 1432}).splits["train"].labels["fear"]     # 268
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from erc_engine.corpora.content import content_hash
from erc_engine.domain.conversation import Corpus, Split
from erc_engine.domain.reports import CorpusSummary, Fault, SplitSummary


def split_summaries(corpus: Corpus) -> dict[str, SplitSummary]:
    """Counts of each split that has dialogues, in the order train, dev, test."""
    found = {}
    for split in Split:
        dialogues = corpus.split(split)
        if dialogues:
            labels = corpus.distribution(split)
            utterances = sum(len(d) for d in dialogues)
            found[str(split)] = SplitSummary(len(dialogues), utterances, labels.counts, utterances - labels.total)
    return found


def summarise(corpus: Corpus, faults: Sequence[Fault], states: Mapping[str, int]) -> CorpusSummary:
    """`states` counts dialogues by where they stand; the counts here are of the dialogues in `corpus`."""
    train = corpus.distribution(Split.TRAIN)
    ratio = train.imbalance_ratio
    absent = [name for name in corpus.scheme.names if not train.counts[name]]
    reason = None
    if ratio is None:
        reason = f"train has no utterance labelled {', '.join(absent)}" if train.total else "train has no labels"
    return CorpusSummary(
        name=corpus.name,
        kind=corpus.kind,
        scheme=corpus.scheme.name,
        labels=corpus.scheme.names,
        version=corpus.version,
        origin=str(corpus.origin),
        licence=corpus.licence.name,
        may_leave_machine=corpus.licence.may_leave_machine,
        splits=split_summaries(corpus),
        imbalance_ratio=ratio,
        imbalance_reason=reason,
        faults=tuple(faults),
        hash=content_hash(corpus),
        states=dict(states),
    )
