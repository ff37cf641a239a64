from __future__ import annotations

import pytest

from erc_engine.corpora.labels import LabelReader, scheme_of
from erc_engine.domain.labels import scheme
from erc_engine.errors import InputError


def test_spellings_become_the_names_of_the_scheme() -> None:
    labels = LabelReader(scheme("meld"))
    assert [labels.read(w, "line 1") for w in (" Joyful ", "NEUTRAL", "mad", "", None)] == [
        "joy",
        "neutral",
        "anger",
        None,
        None,
    ]
    labels.refuse_unknown()


def test_unknown_labels_are_refused_once_with_place_counts_and_hint() -> None:
    labels = LabelReader(scheme("meld"))
    for line, written in enumerate(["joy", "glee", "glee", "boredom"], 2):
        labels.read(written, f"a.csv, line {line}")
    with pytest.raises(InputError) as caught:
        labels.refuse_unknown()
    assert caught.value.message == (
        "a.csv, line 3: label 'glee' is not in label scheme 'meld' (2 rows in all; also 'boredom' (1))"
    )
    assert caught.value.hint.startswith("its labels are neutral, joy, surprise")


@pytest.mark.parametrize("name", ["meld", "emorynlp", "iemocap", "iemocap4", "dailydialog", "emotionlines"])
def test_all_labels_of_a_benchmark_give_its_scheme(name: str) -> None:
    assert scheme_of(scheme(name).names, "mine") == scheme(name)
    assert scheme_of(scheme(name).names, "mine", exact=True) == scheme(name)


def test_other_spellings_of_all_labels_give_it_too() -> None:
    written = ["Neutral", "Happy", "Surprised", "Mad", "Sad", "Disgusted", "Scared"]
    assert scheme_of(written, "mine") == scheme("meld")
    assert scheme_of(written, "mine", exact=True).name == "mine"


def test_some_labels_give_a_scheme_of_their_own_with_neutral_first() -> None:
    derived = scheme_of(["joy", "anger", "neutral", "joy", None, ""], "mine")
    assert (derived.name, derived.names, derived.neutral) == ("mine", ("neutral", "anger", "joy"), "neutral")


def test_the_neutral_label_can_be_said() -> None:
    derived = scheme_of(["calm", "Plain", "angry"], "mine", neutral="plain")
    assert (derived.names, derived.neutral) == (("Plain", "angry", "calm"), "Plain")


def test_spellings_that_differ_by_case_are_one_label_written_the_usual_way() -> None:
    assert scheme_of(["Calm", "calm", "calm", "Cross"], "mine").names == ("Cross", "calm")


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ([], "a.csv has no label"),
        (["joy", "joy"], "a.csv has only the label 'joy'"),
        ([f"text {n}" for n in range(65)], "a.csv has 65 different labels"),
    ],
)
def test_labels_that_make_no_scheme_are_refused(written: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        scheme_of(written, "mine", source="a.csv")
