"""What a benchmark really is: its version, counts, faults, and what leaks inside it and between it and others.

    meld, emorynlp = audit([load("meld", …), load("emorynlp", …)])
    meld.version                # "release"; None when its counts are of no published version
    meld.overlaps[0]            # Overlap("meld:dev", "meld:train", "utterances of 5 or more words", 4, 742, …)
    meld.paragraph              # for the paper's data section

Reading faults come with `Loaded`; this adds what repeats. Nothing is changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from erc_engine.corpora.content import content_hash
from erc_engine.corpora.loaded import Loaded
from erc_engine.corpora.overlaps import (
    Texts,
    shared_dialogues,
    shared_episodes,
    shared_scenes,
    shared_utterances,
    shared_windows,
)
from erc_engine.corpora.paragraph import paragraph
from erc_engine.corpora.published import compare, recognise
from erc_engine.corpora.repeats import repeat_faults
from erc_engine.corpora.structure import structural_faults
from erc_engine.corpora.summary import split_summaries
from erc_engine.domain.conversation import Corpus, Split
from erc_engine.domain.reports import AuditReport, Fault, Overlap

_SAME_SHOW = ("meld", "emorynlp")  # both number the episodes of Friends
_EMOBERTA = (
    "the published checkpoints tae898/emoberta-base and emoberta-large were trained on the test dialogues of MELD and "
    "IEMOCAP: use them neither to start from nor to check labels with where test is to be scored"
)
_MELD_README = "MELD's README and papers say 1,039 train dialogues; the files have 1,038 (train/60 is missing)"
_MELD_WEIGHTS = "the class weights in MELD's README stand in another order than its label indices"
_TWO_EMORYNLP = (
    "published results are on full (9,934 train utterances) or on reduced (7,551): say which, never mix them"
)
_FRIENDS = (
    "MELD, EmoryNLP and EmotionLines are all Friends: audit them together before training on one and testing on another"
)


def audit(loaded: Sequence[Loaded]) -> tuple[AuditReport, ...]:
    """One report for each corpus; an overlap between two stands with the one whose dev or test text is repeated."""
    named = _distinctly_named([one.corpus for one in loaded])
    texts = [{s: Texts.of(corpus, s) for s in Split if corpus.split(s)} for corpus in named]
    reports = []
    for place, corpus in enumerate(named):
        others = [(named[i], texts[i]) for i in range(len(named)) if i != place]
        reports.append(_report(corpus, loaded[place], texts[place], others))
    return tuple(reports)


def _distinctly_named(corpora: Sequence[Corpus]) -> list[Corpus]:
    """Two corpora of one name get a number, so that overlaps tell them apart."""
    names = [corpus.name for corpus in corpora]
    return [
        replace(corpus, name=f"{corpus.name}#{names[: place + 1].count(corpus.name)}")
        if names.count(corpus.name) > 1
        else corpus
        for place, corpus in enumerate(corpora)
    ]


def _report(
    corpus: Corpus, loaded: Loaded, texts: Mapping[Split, Texts], others: Sequence[tuple[Corpus, Mapping[Split, Texts]]]
) -> AuditReport:
    reading = loaded.faults
    known = {fault.code for fault in reading}
    structure = tuple(fault for fault in structural_faults(corpus) if fault.code not in known)
    faults: tuple[Fault, ...] = reading + structure + repeat_faults(texts)
    overlaps = tuple(_inside(texts)) + tuple(
        overlap for other, there in others for overlap in _between(corpus, texts, other, there)
    )
    counts, version, digest = split_summaries(corpus), recognise(corpus), content_hash(corpus)
    return AuditReport(
        name=corpus.name,
        version=version,
        hash=digest,
        counts=counts,
        faults=faults,
        overlaps=overlaps,
        notes=tuple(_notes(corpus, version)),
        paragraph=paragraph(corpus, version, counts, faults, overlaps, digest),
    )


def _inside(texts: Mapping[Split, Texts]) -> Iterator[Overlap]:
    """Dev and test against train, and test against dev; also what is not shared is told."""
    for left, right in ((Split.DEV, Split.TRAIN), (Split.TEST, Split.TRAIN), (Split.TEST, Split.DEV)):
        if left not in texts or right not in texts:
            continue
        here, there = texts[left], texts[right]
        yield shared_utterances(here, there)
        yield shared_utterances(here, there, any_length=True)
        yield shared_windows(here, there)
        yield shared_scenes(here, there)
        yield shared_dialogues(here, there)
        episodes = shared_episodes(here, there)
        if episodes is not None:
            yield episodes


def _between(
    corpus: Corpus, texts: Mapping[Split, Texts], other: Corpus, there: Mapping[Split, Texts]
) -> Iterator[Overlap]:
    """Dev and test of this corpus against every split of another one; units with nothing shared are left out."""
    for left in (Split.DEV, Split.TEST):
        for right in Split:
            if left not in texts or right not in there:
                continue
            here, others = texts[left], there[right]
            yield shared_utterances(here, others)
            for overlap in (shared_windows(here, others), shared_scenes(here, others), shared_dialogues(here, others)):
                if overlap.count:
                    yield overlap
            if corpus.kind in _SAME_SHOW and other.kind in _SAME_SHOW:
                episodes = shared_episodes(here, others)
                if episodes is not None:
                    yield episodes


def _notes(corpus: Corpus, version: str | None) -> Iterator[str]:
    yield from compare(corpus).notes
    benchmark = version.split(":")[0] if version and ":" in version else corpus.kind
    if benchmark == "meld":
        yield _MELD_README
        yield _MELD_WEIGHTS
    if benchmark == "emorynlp":
        yield _TWO_EMORYNLP
    if benchmark in ("meld", "emorynlp", "emotionlines"):
        yield _FRIENDS
    if benchmark in ("meld", "iemocap") or corpus.scheme.name.startswith("iemocap"):
        yield _EMOBERTA
    if benchmark == "emotionlines":
        yield "non-neutral means that no label had three of five votes; neutral may still lead"
    yield f"licence: {corpus.licence.name}{f' ({corpus.licence.note})' if corpus.licence.note else ''}"
