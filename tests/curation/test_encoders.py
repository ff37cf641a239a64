"""The hashing encoder: the same everywhere, rows of length 1, alike for alike texts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erc_engine.curation.encoders import Encoder, HashingEncoder

ENCODER: Encoder = HashingEncoder()


def cosine(left: str, right: str) -> float:
    a, b = ENCODER.encode([left, right])
    return float(a @ b)


def test_case_and_punctuation_do_not_matter() -> None:
    assert cosine("You came!", "you came") == pytest.approx(1, abs=1e-6)


def test_misspelt_text_stays_close_and_other_text_is_far() -> None:
    text = "I never thought that you would come all the way out here in the rain"
    assert cosine(text, "I nevre thought that you woudl come all the way out heer in the rain") > 0.65
    assert cosine(text, "Put the kettle on, somebody has to feed these pigeons") < 0.2


def test_the_cosine_is_that_of_the_sets_of_character_runs() -> None:
    def runs(text: str) -> set[str]:
        return {f" {text} "[i : i + n] for n in (3, 4, 5) for i in range(len(text) + 3 - n)}

    left, right = "the cat sat on the mat", "the cat sat on a hat"
    exact = len(runs(left) & runs(right)) / (len(runs(left)) * len(runs(right))) ** 0.5
    assert HashingEncoder(1 << 20).encode([left, right]).prod(axis=0).sum() == pytest.approx(exact, abs=1e-6)
    assert cosine(left, right) == pytest.approx(exact, abs=0.07)  # three standard deviations of 1/√2048


def test_the_vector_is_the_same_on_every_machine() -> None:
    vector = HashingEncoder(16).encode(["Barely."])[0]
    # kept from the first version: a change here changes what counts as a neighbour
    assert np.sign(vector).astype(int).tolist() == [1, 1, 1, -1, 0, -1, 0, 0, -1, 0, 1, -1, 0, -1, 1, -1]
    assert np.abs(vector[vector != 0]) == pytest.approx(11**-0.5)


def test_text_without_a_letter_is_like_nothing() -> None:
    assert not ENCODER.encode(["…!?", ""]).any()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=5))
def test_any_text_gives_a_row_of_length_one_or_zero(texts: list[str]) -> None:
    vectors = ENCODER.encode(texts)
    assert vectors.shape == (len(texts), 2048)
    assert vectors.dtype == np.float32
    lengths = np.linalg.norm(vectors, axis=1)
    assert (np.isclose(lengths, 1, atol=1e-5) | (lengths == 0)).all()


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="dimensions of at least 2"):
        HashingEncoder(1)
