"""The books of a run, and what reports say as JSON."""

from __future__ import annotations

from erc_engine.domain.curation import Measured
from erc_engine.domain.generation_runs import Books


def test_books_balance_only_when_every_attempt_is_accounted_for() -> None:
    assert Books(submitted=9, accepted=5, rejected=1, failed=1, lost=1, in_flight=1).balanced
    assert not Books(submitted=9, accepted=5, rejected=1, failed=1, lost=1).balanced


def test_an_undefined_measure_says_why_and_is_never_a_number() -> None:
    assert Measured.undefined("one annotator").to_json() == {"value": None, "reason": "one annotator"}
    assert Measured(0.5, (0.4, 0.6), 10).to_json() == {"value": 0.5, "interval": [0.4, 0.6], "n": 10}
    assert Measured(0.5, None, 10, "one dialogue").to_json()["reason"] == "one dialogue"
