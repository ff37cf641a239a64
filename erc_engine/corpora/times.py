"""Faults in the times of utterances, where a source has them.

seconds("00:16:16,059")      # 976.059; MELD writes a comma, EmoryNLP a point

MELD: 31 dialogues whose starts go backwards, 9 with a pause of over 300 s, 3 utterances of over 30 s, 1 that ends
at or before its start.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from erc_engine.corpora.faults import noted
from erc_engine.domain.conversation import Corpus
from erc_engine.domain.reports import Fault

PAUSE_SECONDS = 300
LONG_SECONDS = 30
_COLUMNS = (("StartTime", "EndTime"), ("Start_Time", "End_Time"))
_CLOCK = re.compile(r"\s*([0-9]{1,3}):([0-9]{1,2}):([0-9]{1,2})(?:[.,]([0-9]{1,6}))?\s*", re.ASCII)


def seconds(clock: str) -> float | None:
    match = _CLOCK.fullmatch(clock)
    if match is None:
        return None
    hours, minutes, whole, fraction = match.groups()
    return int(hours) * 3600 + int(minutes) * 60 + int(whole) + float(f"0.{fraction or 0}")


def time_faults(corpus: Corpus) -> tuple[Fault, ...]:
    backwards, paused, long, ended, unreadable = [], [], [], [], []
    for d in corpus.dialogues:
        times = []
        for u in d.utterances:
            cells = _cells(u.extra)
            if cells is None:
                continue
            start, end = seconds(cells[0]), seconds(cells[1])
            if start is None or end is None:
                unreadable.append(u.id)
                continue
            times.append((start, end))
            if end - start > LONG_SECONDS:
                long.append(u.id)
            if end <= start:
                ended.append(u.id)
        if any(after[0] < before[0] for before, after in pairwise(times)):
            backwards.append(d.id)
        if any(after[0] - before[1] > PAUSE_SECONDS for before, after in pairwise(times)):
            paused.append(d.id)
    return (
        noted("time-backwards", backwards, "kept"),
        noted("time-gap", paused, "kept"),
        noted("time-long", long, "kept"),
        noted("time-order", ended, "kept"),
        noted("time-unreadable", unreadable, "kept as found"),
    )


def _cells(extra: Mapping[str, Any]) -> tuple[str, str] | None:
    for start, end in _COLUMNS:
        if isinstance(extra.get(start), str) and isinstance(extra.get(end), str):
            return extra[start], extra[end]
    return None
