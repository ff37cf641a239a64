"""The Quality section of the Datasets page: measured once as a job, then shown and downloaded."""

from __future__ import annotations

import json

from streamlit.testing.v1 import AppTest

from erc_engine.domain.jobs import JobState
from erc_engine.workflows import jobs
from tests.pages.test_datasets import finished, opened, words
from ui import resources
from ui.charts.paired_bars import paired_bars, paired_rows


def test_a_card_is_measured_once_and_then_shown(demo_app: AppTest) -> None:
    app = opened(demo_app, section="quality", corpus="demo-sitcom")
    assert "what gives it away" in words(app)
    app.selectbox(key="datasets.quality.split.demo-sitcom").select("test").run()
    app.selectbox(key="datasets.quality.against.demo-sitcom:test").select("no benchmark: the set alone").run()
    app.button(key="datasets.quality.go").click().run()
    finished(app)
    (job,) = (j for j in jobs.jobs(resources.workspace()) if j.kind == "quality")
    assert job.state == JobState.DONE
    assert "datasets.quality.go" not in [b.key for b in app.button]
    assert "not measured because nobody has reviewed it blind" in words(app)
    assert "no benchmark was named" in words(app)
    assert "Are the labels perceived" in [s.value for s in app.subheader]
    assert len(app.get("plotly_chart")) >= 6


def test_a_published_benchmark_is_offered_where_it_is_not_here(demo_app: AppTest) -> None:
    app = opened(demo_app, section="quality", corpus="demo-sitcom")
    offered = app.selectbox(key="datasets.quality.against.demo-sitcom:train").options
    assert "meld" in offered


def test_bars_carry_names_as_text_and_a_table() -> None:
    from erc_engine.domain.quality import Bars

    bars = Bars("clues", "<b>what", ("<i>no", "tea"), (0.25, None), (0.5, 0.1))
    figure = paired_bars(bars, ("made", "real <1>"))
    drawn = json.dumps(figure.to_plotly_json(), default=str)
    assert "<i>" not in drawn
    assert "<b>" not in drawn
    assert figure.data[0].x == (25.0, None)
    assert figure.data[1].customdata[1] == "10.0 %"
    assert paired_rows(bars, ("made", "real"))[0] == {"<b>what": "<i>no", "made": 0.25, "real": 0.5}
