"""The paragraph of an audit that can be pasted into a paper's data section.

paragraph(corpus, "release", counts, faults, overlaps, digest)
# "meld is the release version of MELD: 1,038/114/280 dialogues with 9,989/1,109/2,610 utterances in train/dev/test. …"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from erc_engine.corpora.overlaps import EPISODES, UTTERANCES
from erc_engine.domain.conversation import Corpus, Split
from erc_engine.domain.reports import Fault, Overlap, SplitSummary

_TITLES = {"meld": "MELD", "emorynlp": "EmoryNLP", "emotionlines": "EmotionLines"}
_PHRASES: Mapping[str, tuple[str, str]] = {  # code → one, several
    "mojibake": ("text with broken encoding mended", "texts with broken encoding mended"),
    "published-count": ("count differing from the published one", "counts differing from the published ones"),
    "missing-dialogue": ("missing dialogue number", "missing dialogue numbers"),
    "missing-utterance": ("utterance missing inside dialogues", "utterances missing inside dialogues"),
    "one-turn-dialogue": ("dialogue of one turn", "dialogues of one turn"),
    "empty-text": ("utterance without text", "utterances without text"),
    "unlabelled": ("utterance without a label", "utterances without a label"),
    "vote-rule": ("label against its votes", "labels against their votes"),
    "several-speakers": ("utterance with several speakers", "utterances with several speakers"),
    "time-backwards": ("dialogue with times going backwards", "dialogues with times going backwards"),
    "time-gap": ("dialogue with a pause of over 300 s", "dialogues with a pause of over 300 s"),
    "repeated-text": ("utterance repeating an earlier text", "utterances repeating an earlier text"),
    "repeated-text-labels": ("text with several labels", "texts with several labels"),
    "repeated-dialogue": ("dialogue repeated whole", "dialogues repeated whole"),
    "relabelled-dialogue": ("dialogue repeated with other labels", "dialogues repeated with other labels"),
    "shared-scene": (
        "three-utterance window shared between train and another split",
        "three-utterance windows shared between train and another split",
    ),
}


def paragraph(
    corpus: Corpus,
    version: str | None,
    counts: Mapping[str, SplitSummary],
    faults: Sequence[Fault],
    overlaps: Sequence[Overlap],
    digest: str,
) -> str:
    sentences = [_identity(corpus, version, counts)]
    found = [_count(fault) for fault in faults if fault.code in _PHRASES]
    if found:
        sentences.append(f"Its audit found {_listed(found)}.")
    leaks = list(_leaks(overlaps))
    if leaks:
        sentences.append(f"After normalisation (NFKC, case folding, only letters and digits), {'; '.join(leaks)}.")
    episodes = [
        f"{o.count:,} of {o.total:,} {_side(o.left)} dialogues"
        for o in overlaps
        if o.unit == EPISODES and _within(o) and _side(o.right) == Split.TRAIN and o.count
    ]
    if episodes:
        sentences.append(f"{_listed(episodes)} come from an episode that train also has.")
    sentences.append(f"Content hash (sha256): {digest}.")
    return " ".join(sentences)


def _leaks(overlaps: Sequence[Overlap]) -> Iterator[str]:
    """One part for each split whose longer utterances stand elsewhere, with all the places."""
    places: dict[tuple[str, int], list[Overlap]] = {}
    for overlap in overlaps:
        if overlap.unit == UTTERANCES and overlap.count:
            places.setdefault((overlap.left, overlap.total), []).append(overlap)
    for (left, total), found in places.items():
        counts = [f"{o.count:,} in {o.right}" for o in found]
        yield f"of the {total:,} {_side(left)} utterances of five or more words, {_listed(counts)} stand verbatim"


def _identity(corpus: Corpus, version: str | None, counts: Mapping[str, SplitSummary]) -> str:
    title = _TITLES.get(corpus.kind, f"a corpus read as {corpus.kind}")
    what = f"the {version} version of {title}" if version and corpus.kind in _TITLES else version or title
    if version is None and corpus.kind in _TITLES:
        what = f"{title}, in no published version"
    splits = "/".join(counts)
    dialogues = "/".join(f"{s.dialogues:,}" for s in counts.values())
    utterances = "/".join(f"{s.utterances:,}" for s in counts.values())
    return f"{corpus.name} is {what}: {dialogues} dialogues with {utterances} utterances in {splits}."


def _count(fault: Fault) -> str:
    one, several = _PHRASES[fault.code]
    return f"{fault.count:,} {one if fault.count == 1 else several}"


def _side(name: str) -> str:
    return name.rsplit(":", 1)[1]


def _within(overlap: Overlap) -> bool:
    return overlap.left.rsplit(":", 1)[0] == overlap.right.rsplit(":", 1)[0]


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
