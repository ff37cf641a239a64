"""The Imbalance page, empty and on the demo workspace."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

PAGE = "pages/imbalance.py"


def opened(app: AppTest) -> AppTest:
    app.switch_page(PAGE).run()
    assert not app.exception
    return app


def test_an_empty_workspace_says_what_belongs_here(empty_app: AppTest) -> None:
    assert "build the demo workspace" in opened(empty_app).info[0].value


def test_parts_stand_side_by_side_with_n_and_intervals(demo_app: AppTest) -> None:
    app = opened(demo_app)
    assert app.multiselect(key="imbalance.parts.meld").value == [
        "demo-balanced:train",
        "demo-copies:train",
        "demo-sitcom:train",
    ]
    measures = next(d.value for d in app.dataframe if "effective labels" in d.value.columns)
    sitcom = measures[measures["part"] == "demo-sitcom:train"].iloc[0]
    assert sitcom["utterances"] == 797
    assert sitcom["ratio"].startswith("40.6 [")
    copies = measures[measures["part"] == "demo-copies:train"].iloc[0]
    assert copies["ratio"] == "undefined because no utterance is labelled disgust or fear"
    assert "recorded" in " ".join(m.value for m in app.markdown)


def test_a_benchmark_adds_a_distance(demo_app: AppTest) -> None:
    app = opened(demo_app)
    app.selectbox(key="imbalance.against.meld").set_value("demo-sitcom:train").run()
    assert not app.exception
    assert any("distance to demo-sitcom:train" in d.value.columns for d in app.dataframe)
    assert app.query_params["against"] == "demo-sitcom:train"


def test_a_gap_goes_to_generate_as_shares(demo_app: AppTest) -> None:
    app = opened(demo_app)
    app.selectbox(key="imbalance.part").set_value("demo-sitcom:train").run()
    app.button(key="imbalance.plan").click().run()
    shares = app.session_state["generate.shares"]
    assert app.session_state["generate.like"] == "demo-sitcom"
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["neutral"] == 0
    assert shares["fear"] == max(shares.values())
    assert app.session_state["generate.gap"] == 2045


def test_sliders_change_the_gap(demo_app: AppTest) -> None:
    app = opened(demo_app)
    app.selectbox(key="imbalance.part").set_value("demo-sitcom:train").run()
    app.slider(key="imbalance.want.meld.fear").set_value(0.0).run()
    app.number_input(key="imbalance.budget").set_value(100).run()
    app.button(key="imbalance.plan").click().run()
    assert app.session_state["generate.shares"]["fear"] == 0
    assert app.session_state["generate.gap"] == 100


def test_test_splits_never_shape_what_is_generated(demo_app: AppTest) -> None:
    app = opened(demo_app)
    app.multiselect(key="imbalance.parts.meld").set_value(["demo-sitcom:test"]).run()
    assert not app.exception
    assert not [b for b in app.button if b.key == "imbalance.plan"]
    assert any("never shape what is generated" in c.value for c in app.caption)


def test_a_link_chooses_parts_and_an_unknown_one_is_a_message(demo_app: AppTest) -> None:
    app = opened(demo_app)
    app.query_params["part"] = ["nowhere:train", "demo-sitcom:dev"]
    app.run()
    assert not app.exception
    assert [w.value for w in app.warning] == ["There is no part nowhere\\:train in this workspace."]
    assert app.multiselect(key="imbalance.parts.meld").value == ["demo-sitcom:dev"]
