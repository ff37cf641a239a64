"""What was counted once is not counted again until its key changes."""

from __future__ import annotations

from erc_engine.workflows.remembered import Remembered


def test_a_key_is_computed_once_and_the_oldest_goes_first() -> None:
    calls: list[str] = []
    kept: Remembered[str] = Remembered(entries=2)

    def ask(key: str) -> str:
        return kept.get(key, lambda: calls.append(key) or key.upper())

    assert [ask(k) for k in ("a", "b", "a", "c", "a", "b")] == ["A", "B", "A", "C", "A", "B"]
    assert calls == ["a", "b", "c", "b"]
