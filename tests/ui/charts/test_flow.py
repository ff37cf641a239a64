"""The emotion flow of a dialogue as a figure."""

from __future__ import annotations

from erc_engine.domain.disagreement import EmotionFlow, FlowMark, FlowTurn
from erc_engine.domain.labels import SCHEMES, scheme
from ui.charts.flow import TIE_COLOUR, emotion_flow, flow_rows, letters

MELD = scheme("meld")
FOUND = EmotionFlow(
    "d1",
    ("gold", "majority of human"),
    (
        FlowTurn(
            1, "d1:0", "Ana", "<b>You</b> came!",
            (FlowMark("gold", ("joy",)), FlowMark("majority of human", ("joy", "surprise"), 0.5, 4)),
        ),
        FlowTurn(2, "d1:1", "Bo", "Barely.", (FlowMark("gold", ("neutral",)),)),
        FlowTurn(3, "d1:2", "Ana", "Sit.", ()),
    ),
)  # fmt: skip


def test_labels_are_told_apart_by_their_letters_in_every_scheme() -> None:
    assert letters(MELD) == {
        "neutral": "N", "joy": "J", "surprise": "Su", "anger": "A", "sadness": "Sa", "disgust": "D", "fear": "F",
    }  # fmt: skip
    for known in SCHEMES.values():
        assert len(set(letters(known).values())) == len(known.names)


def test_dots_have_the_colour_and_the_letters_of_their_label_and_carry_their_utterance() -> None:
    gold, human = (t for t in emotion_flow(MELD, FOUND, FOUND.layers).data if t.text is not None)
    assert list(gold.text) == ["J", "N"]
    assert list(gold.marker.color) == [MELD.labels[1].colour, MELD.labels[0].colour]
    assert list(gold.customdata) == ["d1:0", "d1:1"]
    assert list(human.text) == ["J/Su"]
    assert list(human.marker.color) == [TIE_COLOUR]


def test_each_speaker_has_a_lane_and_hidden_layers_are_not_drawn() -> None:
    figure = emotion_flow(MELD, FOUND, ["gold"])
    assert list(figure.layout.yaxis.ticktext) == ["Ana", "Bo"]
    assert {trace.name for trace in figure.data if trace.name} == {"gold"}


def test_hover_says_the_text_without_markup_and_the_votes() -> None:
    human = emotion_flow(MELD, FOUND, FOUND.layers).data[-1]
    assert "&lt;b&gt;You&lt;/b&gt; came!" in human.hovertext[0]
    assert "joy and surprise, 2 of 4 votes" in human.hovertext[0]


def test_rows_have_a_column_for_each_layer() -> None:
    assert flow_rows(FOUND)[0]["majority of human"] == "joy / surprise"
    assert flow_rows(FOUND)[2]["gold"] == ""
