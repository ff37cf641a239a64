from erc_engine.workflows.dialogue_review import TurnReview
from ui.components.dialogue_table import people, text_now


def test_an_edit_keeps_the_original_in_sight() -> None:
    assert text_now("early", TurnReview(edited="late")) == "late  (edited; was: early)"
    assert text_now("early", TurnReview()) == text_now("early", None) == "early"


def test_votes_say_their_majority_and_anchored_ones_stand_apart() -> None:
    assert people(TurnReview({"joy": 2, "neutral": 1})) == "joy 2, neutral 1: majority joy"
    assert people(TurnReview({"joy": 1, "fear": 1})) == "joy 1, fear 1: no majority"
    assert people(TurnReview({"joy": 1})) == "joy 1"
    assert people(TurnReview({}, {"fear": 1})) == "label in sight: fear 1"
    assert people(None) == ""
