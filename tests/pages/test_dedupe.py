"""The Dedupe page: duplicates under a threshold, borrowed text, map, drop and restore."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from erc_engine.curation.neighbour_map import installed
from erc_engine.workflows import borrowed_text, jobs
from ui import resources


def opened(app: AppTest, **query: str) -> AppTest:
    app.query_params.clear()
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page("pages/dedupe.py").run()
    assert not app.exception
    assert not app.error
    return app


def counts(app: AppTest) -> dict[str, str]:
    return {m.label: m.value for m in app.metric}


def test_an_empty_workspace_says_what_belongs_here(empty_app: AppTest) -> None:
    assert "Near copies and borrowed text" in opened(empty_app).info[0].value


def test_the_threshold_changes_the_counts(demo_app: AppTest) -> None:
    app = opened(demo_app, corpus="demo-copies")
    assert counts(app) == {"clusters": "6", "in clusters": "12", "repeats": "6"}
    app.slider(key="dedupe.threshold").set_value(1.0).run()
    assert counts(app)["clusters"] == "0"


def test_repeats_are_dropped_and_brought_back(demo_app: AppTest) -> None:
    states = resources.workspace().store.corpora.states
    app = opened(demo_app, corpus="demo-copies")
    app.button(key="dedupe.drop.all").click().run()
    assert not app.exception
    assert states("demo-copies")["dropped"] == 6
    app = opened(app, corpus="demo-copies", section="dropped")
    app.button(key="dedupe.restore").click().run()
    assert states("demo-copies")["dropped"] == 0


def test_planted_test_turns_are_found_with_their_source(demo_app: AppTest) -> None:
    app = opened(demo_app, corpus="demo-copies", section="contamination")
    rows = app.dataframe[0].value
    assert {"leak-0", "leak-1", "leak-2"} <= set(rows["dialogue"])
    assert "demo-sitcom:test" in set(rows["source"])


@pytest.mark.parametrize("section", ["map", "dropped"])
def test_other_sections_open(demo_app: AppTest, section: str) -> None:
    opened(demo_app, corpus="demo-copies", section=section)


def test_an_unknown_corpus_is_said(demo_app: AppTest) -> None:
    assert "There is no corpus nosuch" in opened(demo_app, corpus="nosuch").warning[0].value


def test_a_map_by_neighbours_is_drawn_or_says_what_to_install(demo_app: AppTest) -> None:
    app = opened(demo_app, corpus="demo-copies", section="map")
    app.radio(key="dedupe.layout").set_value("neighbours").run()
    assert not app.exception
    said = " ".join(e.value for e in (*app.caption, *app.error)).replace("\\", "")
    assert 'pip install "erc-studio[umap]"' in said if not installed() else "islands say little" in said


def test_a_demo_corpus_is_held_against_its_demo_corpus_and_says_so(demo_app: AppTest) -> None:
    app = opened(demo_app, corpus="demo-copies", section="contamination")
    said = " ".join(e.value for e in app.caption).replace("\\", "")
    assert "Held against demo-sitcom:dev, demo-sitcom:test (recorded demo text). No benchmark is imported yet." in said


def test_much_text_is_looked_through_by_a_job_and_then_shown(
    demo_app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(borrowed_text, "AT_ONCE", 10)
    app = opened(demo_app, corpus="demo-copies", section="contamination")
    assert "dialogues to look through" in app.info[0].value
    assert not app.dataframe
    app.button(key="dedupe.borrowed.look").click().run()
    assert not app.exception
    jobs.work(resources.workspace(), once=True)
    app = opened(app, corpus="demo-copies", section="contamination")
    assert {"leak-0", "leak-1", "leak-2"} <= set(app.dataframe[0].value["dialogue"])
