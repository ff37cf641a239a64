from __future__ import annotations

from collections.abc import Sequence

import pytest

from erc_engine.corpora.times import seconds, time_faults
from erc_engine.domain.conversation import Dialogue, Split, Utterance
from tests.builders import corpus


@pytest.mark.parametrize(
    ("clock", "value"),
    [
        ("00:16:16,059", 976.059),
        ("00:00:03.795", 3.795),
        ("1:00:00", 3600.0),
        ("soon", None),
        ("", None),
        ("1:2", None),
    ],
)
def test_both_ways_of_writing_times_are_read(clock: str, value: float | None) -> None:
    assert seconds(clock) == (None if value is None else pytest.approx(value))


def timed(*times: tuple[str, str]) -> Dialogue:
    turns = [
        Utterance(f"d:{n}", "Ana", "Hm.", extra={"StartTime": f"00:{start}", "EndTime": f"00:{end}"})
        for n, (start, end) in enumerate(times)
    ]
    return Dialogue("d", Split.TRAIN, tuple(turns))


@pytest.mark.parametrize(
    ("times", "codes"),
    [
        ([("00:01,0", "00:02,0"), ("00:02,0", "00:03,0")], []),
        ([("00:05,0", "00:06,0"), ("00:02,0", "00:03,0")], ["time-backwards"]),
        ([("00:01,0", "00:02,0"), ("05:02,0", "05:03,0")], []),
        ([("00:01,0", "00:02,0"), ("05:02,1", "05:03,0")], ["time-gap"]),
        ([("00:01,0", "00:31,0")], []),
        ([("00:01,0", "00:31,1")], ["time-long"]),
        ([("00:01,0", "00:01,0")], ["time-order"]),
        ([("00:01,0", "noon")], ["time-unreadable"]),
    ],
)
def test_times_are_looked_at_within_a_dialogue(times: Sequence[tuple[str, str]], codes: list[str]) -> None:
    assert [fault.code for fault in time_faults(corpus(timed(*times))) if fault.count] == codes


def test_a_corpus_without_times_has_no_such_faults() -> None:
    silent = Dialogue("d", Split.TRAIN, (Utterance("d:0", "Ana", "Hm."),))
    assert all(fault.count == 0 for fault in time_faults(corpus(silent)))
