"""What repeats inside one corpus, as faults: texts in train, dialogues across and within splits, whole scenes.

    repeat_faults(texts)     # (Fault("repeated-text", 1332, …), Fault("repeated-text-labels", 156, …), …)

Short turns repeat in every real conversation, with several labels: a repeated text is told, never removed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from erc_engine.corpora.faults import noted
from erc_engine.corpora.overlaps import LONG, Repeated, Texts, is_long, repeated_dialogues, scene_windows
from erc_engine.domain.conversation import Split
from erc_engine.domain.reports import Fault


def repeat_faults(texts: Mapping[Split, Texts]) -> tuple[Fault, ...]:
    """Faults in a fixed order, none with count 0. `texts` has every split of the corpus that is not empty."""
    found = [*_repeated_texts(texts), *_repeated_dialogues(texts)]
    if Split.TRAIN in texts:
        found.append(_shared_scenes(texts))
    return tuple(fault for fault in found if fault.count)


def _repeated_texts(texts: Mapping[Split, Texts]) -> list[Fault]:
    """In train, or in the only split there is."""
    split = Split.TRAIN if Split.TRAIN in texts else next(iter(texts))
    labels: dict[str, set[str]] = defaultdict(set)
    rows: Counter[str] = Counter()
    again: list[str] = []
    for d, lines in zip(texts[split].dialogues, texts[split].lines, strict=True):
        for u, text in zip(d.utterances, lines, strict=True):
            if not text:
                continue
            if rows[text]:
                again.append(u.id)
            rows[text] += 1
            if u.label is not None:
                labels[text].add(u.label)
    several = [text for text, names in labels.items() if len(names) > 1]
    of_them = sum(rows[text] for text in several)
    return [
        noted("repeated-text", again, f"kept; in {split}; usual for short turns"),
        noted(
            "repeated-text-labels",
            [texts[split].first[text] for text in several],
            f"kept; {of_them:,} utterances of {split}; usual for short turns, so never remove by text alone",
        ),
    ]


def _repeated_dialogues(texts: Mapping[Split, Texts]) -> list[Fault]:
    across: list[Repeated] = []
    for split in (Split.DEV, Split.TEST):
        for other in (Split.TRAIN, Split.DEV):
            if split != other and split in texts and other in texts:
                across += repeated_dialogues(texts[split], texts[other])
    relabelled = [r for r in across if r.relabelled]
    places = [f"{r.left.id} in {r.right.id}" for r in across] + _twice(list(texts.values()))
    return [
        noted("repeated-dialogue", places, "kept in both places"),
        noted(
            "relabelled-dialogue",
            [f"{r.left.id} in {r.right.id}: {r.relabelled} of {len(r.left)} labels differ" for r in relabelled],
            "kept with both labels",
        ),
    ]


def _twice(splits: Sequence[Texts]) -> list[str]:
    """Dialogues that stand twice in one split."""
    places = []
    for texts in splits:
        first: dict[tuple[str, ...], str] = {}
        for d, lines in zip(texts.dialogues, texts.lines, strict=True):
            if len(lines) > 1 and any(lines) and first.setdefault(lines, d.id) != d.id:
                places.append(f"{d.id} in {first[lines]}")
    return places


def _shared_scenes(texts: Mapping[Split, Texts]) -> Fault:
    """Windows of dev and test that train has, dialogue by dialogue; where from, by episode if there are any."""
    count = longer = 0
    examples, sources = [], set()
    train = texts[Split.TRAIN]
    episodes = {d.id: d.episode for d in train.dialogues}
    for here in (texts[s] for s in (Split.DEV, Split.TEST) if s in texts):
        for d, lines in zip(here.dialogues, here.lines, strict=True):
            shared = [window for window in scene_windows(lines) if window in train.scenes]
            if not shared:
                continue
            count += len(shared)
            longer += sum(is_long(text) and text in train.first for text in lines)
            ids = sorted({id_ for window in shared for id_ in train.scenes[window]})
            sources |= {episodes[id_] or id_ for id_ in ids}
            examples.append(f"{d.id} (windows: {len(shared)}) in {', '.join(ids[:3])}")
    where = f"dialogues: {len(examples)}, utterances of {LONG} or more words: {longer}"
    return noted("shared-scene", examples, f"kept; {where}; from {', '.join(sorted(sources)[:6])}", count=count)
