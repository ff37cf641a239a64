from erc_engine.domain.labels import scheme
from erc_engine.workflows.similarity import CorpusMap, MapPoint
from ui.charts.projection import corpus_plane, picked, plane_rows

MELD = scheme("meld")
FOUND = CorpusMap(
    "small",
    MELD,
    (
        MapPoint("d1", 0.5, -0.25, "joy", "kept", "You <came>!"),
        MapPoint("d2", 1.0, 0.0, "joy", "dropped", "You came."),
        MapPoint("d3", -1.0, 0.125, None, "kept", "Hm."),
    ),
    (0.02, 0.01),
)


def test_each_label_has_its_own_colour_and_points_at_their_places() -> None:
    joy, none = corpus_plane(FOUND, "label").data
    assert (list(joy.x), list(joy.y)) == ([0.5, 1.0], [-0.25, 0.0])
    assert joy.marker.color == next(label.colour for label in MELD.labels if label.name == "joy")
    assert (joy.name, none.name) == ("joy  2", "no label  1")
    assert [data[0] for data in joy.customdata] == ["d1", "d2"]


def test_dialogues_that_are_not_kept_are_hollow() -> None:
    joy, _ = corpus_plane(FOUND, "label").data
    full, hollow = joy.marker.symbol
    assert hollow == f"{full}-open"


def test_by_state_there_is_a_trace_a_state_that_occurs() -> None:
    assert [trace.name for trace in corpus_plane(FOUND, "state").data] == ["kept  2", "dropped  1"]


def test_text_of_a_dialogue_is_escaped() -> None:
    assert "&lt;came&gt;" in corpus_plane(FOUND, "label").data[0].hovertext[0]


def test_a_lasso_gives_ids_in_order_and_each_once() -> None:
    points = [{"customdata": ["d2"]}, {"customdata": ["d1"]}, {"customdata": ["d2"]}, {}]
    assert picked({"selection": {"points": points}}) == ["d2", "d1"]
    assert picked(None) == []


def test_rows_are_the_points() -> None:
    assert plane_rows(FOUND)[0] == {
        "dialogue": "d1", "leading label": "joy", "state": "kept", "x": 0.5, "y": -0.25, "opening": "You <came>!",
    }  # fmt: skip
    assert plane_rows(FOUND)[2]["leading label"] == "no label"
