"""Faults that one look through a corpus shows: holes, single turns, empty texts, broken votes, wrong times.

    structural_faults(corpus)     # (Fault("one-turn-dialogue", 88, ("train/5", …), "kept; train 70, …"), …)

Holes are looked for only where the source numbers its dialogues and utterances (MELD, and EmoryNLP with ids).
What repeats is found by `audit`, not here.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from erc_engine.corpora.emotionlines import label_by_votes
from erc_engine.corpora.faults import EXAMPLES, by_split, noted
from erc_engine.corpora.published import BENCHMARKS, compare
from erc_engine.corpora.text import is_broken, normalise
from erc_engine.corpora.times import time_faults
from erc_engine.domain.conversation import Corpus, Dialogue, Split, Utterance
from erc_engine.domain.reports import Fault

_LAST_NUMBER = re.compile(r"^(.*?)([0-9]{1,9})$", re.S)
_SEVERAL = re.compile(r"[,/&]| and ", re.I)
_FIRST_DIALOGUE = {"meld": 0}
_FIRST_UTTERANCE = {"meld": 0, "emorynlp": 1}


def structural_faults(corpus: Corpus) -> tuple[Fault, ...]:
    """Faults in a fixed order, none of them with count 0."""
    found = [
        *compare(corpus).faults,
        *(_holes(corpus) if _numbered(corpus) else ()),
        *_of_dialogues(corpus),
        *_of_utterances(corpus),
        *_of_votes(corpus),
        *_of_speakers(corpus),
        *time_faults(corpus),
    ]
    return tuple(fault for fault in found if fault.count)


def _numbered(corpus: Corpus) -> bool:
    if corpus.kind == "meld":
        return True
    return corpus.kind == "emorynlp" and any(d.episode for d in corpus.dialogues)


@dataclass(frozen=True)
class _Number:
    """The number at the end of an id, and how its neighbours are written."""

    prefix: str
    value: int
    width: int

    def id_of(self, value: int) -> str:
        return f"{self.prefix}{value:0{self.width}d}"


def _number(id_: str) -> _Number | None:
    match = _LAST_NUMBER.match(id_)
    if match is None:
        return None
    return _Number(match[1], int(match[2]), len(match[2]) if match[2].startswith("0") else 1)


def _holes(corpus: Corpus) -> Iterator[Fault]:
    yield _missing_dialogues(corpus)
    inside: list[str] = []
    dialogues = count = before = 0
    splits: Counter[Split] = Counter()
    late: list[str] = []
    disordered: list[str] = []
    for d in corpus.dialogues:
        numbers = [number for u in d.utterances if (number := _number(u.id)) is not None]
        if len(numbers) < len(d):
            continue
        values = {number.value for number in numbers}
        first, last = min(values), max(values)
        if any(after.value < ahead.value for ahead, after in pairwise(numbers)):
            disordered.append(d.id)
        if absent := last - first + 1 - len(values):
            dialogues, count = dialogues + 1, count + absent
            splits[d.split] += absent
            inside += _absent(numbers[0], values, first) if len(inside) < EXAMPLES else []
        if first > _FIRST_UTTERANCE[corpus.kind]:
            late.append(d.id)
            before += first - _FIRST_UTTERANCE[corpus.kind]
    done = f"kept; inside {dialogues:,} dialogues: {by_split(splits)}"
    yield noted("missing-utterance", inside, done, count=count)
    yield noted("late-start", late, f"kept; {before:,} utterances are missing before the first")
    yield noted("out-of-order", disordered, "kept in the order of the file")


def _missing_dialogues(corpus: Corpus) -> Fault:
    groups: dict[str, list[_Number]] = defaultdict(list)
    for d in corpus.dialogues:
        if (number := _number(d.id)) is not None:
            groups[number.prefix].append(number)
    missing: list[str] = []
    count = 0
    for numbers in groups.values():
        values = {number.value for number in numbers}
        first = _FIRST_DIALOGUE.get(corpus.kind, min(values))
        if absent := max(values) - first + 1 - len(values):
            count += absent
            missing += _absent(numbers[0], values, first) if len(missing) < EXAMPLES else []
    return noted("missing-dialogue", missing, "nothing to keep; the numbers are not closed up", count=count)


def _absent(like: _Number, values: set[int], first: int) -> list[str]:
    """The first few ids that are left out; never a walk over a range that a stray number makes huge."""
    candidates = range(first, min(max(values), first + len(values) + EXAMPLES))
    return [like.id_of(value) for value in candidates if value not in values][:EXAMPLES]


def _of_dialogues(corpus: Corpus) -> Iterator[Fault]:
    single = [d for d in corpus.dialogues if len(d) == 1]
    yield noted("one-turn-dialogue", [d.id for d in single], f"kept; {by_split(Counter(d.split for d in single))}")


def _turns(corpus: Corpus) -> Iterator[tuple[Dialogue, Utterance]]:
    return ((d, u) for d in corpus.dialogues for u in d.utterances)


def _of_utterances(corpus: Corpus) -> Iterator[Fault]:
    empty, wordless, broken, unlabelled = [], [], [], []
    for _, u in _turns(corpus):
        if not u.text.strip():
            empty.append(u.id)
        elif not normalise(u.text):
            wordless.append(u.id)
        if is_broken(u.text):
            broken.append(u.id)
        if u.label is None:
            unlabelled.append(u.id)
    yield noted("empty-text", empty, "kept")
    yield noted("wordless-text", wordless, "kept")
    yield noted("mojibake-left", broken, "kept as found")
    yield noted("unlabelled", unlabelled, "kept as context: no loss, no score")


def _of_votes(corpus: Corpus) -> Iterator[Fault]:
    if corpus.kind != "emotionlines":
        return
    against, other = [], []
    for _, u in _turns(corpus):
        if u.votes is not None:
            if u.label is not None and u.label != label_by_votes(dict(u.votes)):
                against.append(u.id)
            if sum(u.votes.values()) != 5:
                other.append(u.id)
    yield noted("vote-rule", against, "label and votes kept as found")
    yield noted("vote-count", other, "kept")


def _of_speakers(corpus: Corpus) -> Iterator[Fault]:
    several, none = [], []
    names = {u.speaker for _, u in _turns(corpus)}
    joined = {name for name in names if _SEVERAL.search(name)}
    if corpus.kind == "emorynlp":
        joined |= {name for name in names if _is_joined(name, names)}
    spellings: dict[str, set[str]] = defaultdict(set)
    for name in names:
        spellings[normalise(name)].add(name)
    for _, u in _turns(corpus):
        if not u.speaker.strip():
            none.append(u.id)
        elif "speakers" in u.extra or u.speaker in joined:
            several.append(u.id)
    unlike = [" / ".join(sorted(written)[:3]) for written in spellings.values() if len(written) > 1]
    if corpus.kind in BENCHMARKS:
        yield noted("several-speakers", several, "kept as one speaker with all the names")
    yield noted("speaker-spelling", sorted(unlike), "kept as different speakers")
    yield noted("no-speaker", none, "kept")


def _is_joined(name: str, names: set[str]) -> bool:
    """Whether it is other speakers' names in a row ("Ana Lima Bo Berg"), as DialogXL's files write several speakers."""
    parts = name.split()
    if not 3 <= len(parts) <= 24:
        return False
    ends = {0}
    for end in range(1, len(parts) + 1):
        if any(
            start in ends and (start, end) != (0, len(parts))
            for start in range(end)
            if " ".join(parts[start:end]) in names
        ):
            ends.add(end)
    return len(parts) in ends
