"""Any domain object goes into text and comes back; the text is plain ASCII."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from erc_engine.domain.conversation import Dialogue, Licence, Split, Utterance
from erc_engine.domain.curation import Measured
from erc_engine.domain.generation import LabelPlan, LabelTarget, Repair, Speaker
from erc_engine.domain.generation_runs import Attempt, AttemptState
from erc_engine.domain.labels import LabelScheme, scheme
from erc_engine.errors import InputError
from erc_engine.store.encoding import from_text, to_text

texts = st.text(st.characters(), max_size=12) | st.sampled_from(["\x00", "a\ud800b", "\udfff", "\\u0000", "ÃœÃ", "😀"])
plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
extras = st.dictionaries(
    texts, st.recursive(plain, lambda inner: st.lists(inner, max_size=3), max_leaves=5), max_size=3
)
votes = st.none() | st.dictionaries(texts, st.integers(0, 9), max_size=3)
utterances = st.builds(Utterance, texts, texts, texts, st.none() | texts, votes, extras)
dialogues = st.builds(
    Dialogue, texts, st.sampled_from(Split), st.lists(utterances, max_size=4).map(tuple), st.none() | texts, extras
)


@given(dialogues)
def test_a_dialogue_comes_back_as_it_was_from_ascii_text(dialogue: Dialogue) -> None:
    text = to_text(dialogue)
    assert text.isascii()
    assert "\x00" not in text
    assert from_text(Dialogue, text) == dialogue


@pytest.mark.parametrize(
    "value",
    [
        scheme("meld"),
        Licence("CC0", may_leave_machine=True),
        LabelPlan(
            "p1", 1, (Speaker("Ana", "shy"), Speaker("Bo")), 2, ("joy",), {"joy": 1}, {"joy": 0.1}, (), {"a": "b"}
        ),
        LabelTarget(scheme("meld"), {"joy": 1.0}, {8: 0.5, 10: 0.5}, {2: 1.0}, 0.1, "uniform", {"joy": {"joy": 1.0}}),
        Attempt("r", "p", 0, 2**64, AttemptState.LOST, repairs=(Repair("bold", 1, "**"), Repair("fence"))),
        Measured(0.5, (0.4, 0.6), 9),
        Measured.undefined("the votes are anonymous"),
    ],
)
def test_other_nouns_come_back_too(value: object) -> None:
    assert from_text(type(value), to_text(value)) == value


def test_a_field_that_the_text_lacks_takes_its_default_and_a_strange_one_is_passed_over() -> None:
    assert from_text(Licence, '{"name":"CC0","may_leave_machine":true,"colour":"red"}') == Licence("CC0", True)


def test_numbers_of_numpy_are_kept_as_plain_numbers() -> None:
    assert to_text({"n": np.int64(3), "p": np.array([0.5, 0.25])}) == '{"n":3,"p":[0.5,0.25]}'


def test_what_json_has_no_form_for_is_refused() -> None:
    with pytest.raises(InputError, match="object has no form in JSON"):
        to_text({"x": object()})


def test_a_scheme_keeps_the_order_of_its_labels() -> None:
    assert from_text(LabelScheme, to_text(scheme("emorynlp"))).names == scheme("emorynlp").names


@pytest.mark.parametrize("text", ["{", "[1]", '{"name":"x"}', '{"id":"1","split":"exam","utterances":[]}'])
def test_a_text_that_no_longer_fits_is_reported(text: str) -> None:
    with pytest.raises(InputError, match="a stored Dialogue cannot be read"):
        from_text(Dialogue, text)
