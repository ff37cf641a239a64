"""Published counts of the benchmarks, and which published version a corpus is.

    recognise(corpus)         # "full", "reduced", "release", …; "meld:release" for a MELD read as JSONL; None
    compare(corpus).notes     # ("nearest is …: train has 9,988 utterances, published 9,989",)

A version is recognised when dialogues, utterances and (where published) every label count of every split that is there
are equal. MELD's README and papers say 1,039 train dialogues; its files have 1,038, and those are what counts here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from erc_engine.corpora.faults import noted
from erc_engine.corpora.summary import split_summaries
from erc_engine.domain.conversation import Corpus
from erc_engine.domain.labels import SCHEMES
from erc_engine.domain.reports import Fault, SplitSummary

Splits = Mapping[str, SplitSummary]


@dataclass(frozen=True)
class Version:
    """A benchmark as published: dialogues, utterances and, in scheme order, label counts of each split."""

    benchmark: str
    name: str
    what: str
    splits: Splits


def _version(
    benchmark: str, name: str, what: str, scheme: str, sizes: str, labels: tuple[tuple[int, ...], ...] = ()
) -> Version:
    """`sizes` is "1038/9989 114/1109 280/2610": dialogues/utterances of train, dev and test."""
    names = SCHEMES[scheme].names
    splits = {}
    for place, (split, size) in enumerate(zip(("train", "dev", "test"), sizes.split(), strict=True)):
        dialogues, utterances = map(int, size.split("/"))
        counts = dict(zip(names, labels[place], strict=True)) if labels else {}
        splits[split] = SplitSummary(dialogues, utterances, counts)
    return Version(benchmark, name, what, splits)


_EMORYNLP_FULL = (
    (3034, 2184, 1285, 1076, 900, 784, 671),
    (393, 289, 178, 143, 132, 134, 75),
    (349, 282, 182, 113, 159, 145, 98),
)
_EMORYNLP_SIZES = "713/9934 99/1344 85/1328"

VERSIONS: tuple[Version, ...] = (
    _version(
        "meld",
        "release",
        "the CSV files of declare-lab/MELD",
        "meld",
        "1038/9989 114/1109 280/2610",
        (
            (4710, 1743, 1205, 1109, 683, 271, 268),
            (470, 163, 150, 153, 111, 22, 40),
            (1256, 402, 281, 345, 208, 68, 50),
        ),
    ),
    _version("emorynlp", "full", "all utterances, without ids", "emorynlp", _EMORYNLP_SIZES, _EMORYNLP_FULL),
    _version("emorynlp", "original", "its authors' JSON, with ids", "emorynlp", _EMORYNLP_SIZES, _EMORYNLP_FULL),
    _version(
        "emorynlp",
        "reduced",
        "the CSV of MELD's repository: utterances without a subtitle's time are left out, and those are longer",
        "emorynlp",
        "659/7551 89/954 79/984",
        (
            (2485, 1677, 941, 785, 638, 551, 474),
            (322, 205, 127, 97, 82, 70, 51),
            (288, 217, 116, 86, 111, 96, 70),
        ),
    ),
    _version(
        "emotionlines",
        "friends-2018",
        "Friends as given to EmotionX 2018",
        "emotionlines",
        "720/10561 80/1178 200/2764",
        (
            (4752, 1283, 351, 185, 513, 1220, 240, 2017),
            (491, 123, 62, 29, 85, 151, 23, 214),
            (1287, 304, 85, 32, 161, 286, 68, 541),
        ),
    ),
    _version(
        "emotionlines",
        "emotionpush-2018",
        "EmotionPush as given to EmotionX 2018",
        "emotionlines",
        "720/10733 80/1202 200/2807",
    ),
    _version(
        "iemocap",
        "cosmic-split",
        "IEMOCAP with six labels as COSMIC and CoMPM split it",
        "iemocap",
        "108/5163 12/647 31/1623",
        ((1296, 1221, 831, 771, 593, 451), (172, 103, 102, 68, 149, 53), (381, 384, 170, 245, 299, 144)),
    ),
    _version(
        "dailydialog",
        "official",
        "DailyDialog in its official split",
        "dailydialog",
        "11118/87170 1000/8069 1000/7740",
    ),
)
BENCHMARKS = tuple(dict.fromkeys(version.benchmark for version in VERSIONS))


@dataclass(frozen=True)
class Compared:
    """The version recognised, or the differences to the nearest one."""

    version: Version | None
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]


def recognise(corpus: Corpus) -> str | None:
    """The version whose counts the corpus has; with the benchmark in front if it was not read as that benchmark."""
    version = compare(corpus).version
    if version is None:
        return None
    return version.name if corpus.kind == version.benchmark else f"{version.benchmark}:{version.name}"


def compare(corpus: Corpus) -> Compared:
    claimed = corpus.kind in BENCHMARKS
    counts = split_summaries(corpus)
    candidates = [v for v in VERSIONS if _may_be(v, corpus)]
    for version in candidates:
        if counts and not differences(counts, version) and (claimed or any(s.labels for s in version.splits.values())):
            return Compared(version, (), (f"{version.benchmark} {version.name}: {version.what}",))
    if not claimed or not candidates:
        return Compared(None, (), ())
    nearest = min(candidates, key=lambda v: (_distance(counts, v), VERSIONS.index(v)))
    found = differences(counts, nearest)
    done = f"no published version; nearest is {nearest.name}"
    note = f"its counts are of no published version of {corpus.kind}; nearest is {nearest.name} ({nearest.what}): "
    more = f"; and {len(found) - 5} more" if len(found) > 5 else ""
    return Compared(None, (noted("published-count", found, done),), (note + "; ".join(found[:5]) + more,))


def _may_be(version: Version, corpus: Corpus) -> bool:
    if version.benchmark == "emorynlp" and version.name in ("full", "original"):
        with_ids = any(d.episode for d in corpus.dialogues)
        if with_ids != (version.name == "original"):
            return False
    if corpus.kind in BENCHMARKS:
        return version.benchmark == corpus.kind
    return set(SCHEMES[version.benchmark].names) == set(corpus.scheme.names)


def differences(counts: Splits, version: Version) -> list[str]:
    """Every figure that is not the published one, in words; a split that is absent is no difference."""
    found = []
    for split, published in version.splits.items():
        here = counts.get(split)
        if here is None:
            continue
        for what, seen, said in (
            ("dialogues", here.dialogues, published.dialogues),
            ("utterances", here.utterances, published.utterances),
            *((f"labelled {label}", here.labels.get(label, 0), count) for label, count in published.labels.items()),
        ):
            if seen != said:
                found.append(f"{split} {what} {seen:,}, published {said:,}")
    return found


def _distance(counts: Splits, version: Version) -> float:
    return sum(
        abs(here.utterances - version.splits[split].utterances) / version.splits[split].utterances
        + abs(here.dialogues - version.splits[split].dialogues) / version.splits[split].dialogues
        for split, here in counts.items()
    )
