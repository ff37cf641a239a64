"""Home: an empty workspace offers the demo, its job is followed to the end, a full one says where it stands."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from erc_engine.domain.jobs import JobState
from erc_engine.workflows import jobs
from ui import resources


def test_an_empty_workspace_offers_the_demo_and_shows_the_way(empty_app: AppTest) -> None:
    assert not empty_app.exception
    assert "This workspace is empty" in empty_app.info[0].value
    assert [c.value for c in empty_app.caption].count("nothing yet") == 8
    assert not empty_app.dataframe


def test_one_click_queues_the_demo_once_and_shows_how_far_it_is(empty_app: AppTest) -> None:
    empty_app.button(key="home.demo").click().run()
    (job,) = jobs.jobs(resources.workspace())
    assert (job.kind, job.state) == ("demo", JobState.QUEUED)
    assert "home.demo" not in [b.key for b in empty_app.button]
    empty_app.button(key=f"home.demo.job.card.cancel.{job.id}").click().run()
    assert jobs.job(resources.workspace(), job.id).state == JobState.CANCELLED
    empty_app.run()
    assert "was cancelled" in " ".join(i.value for i in empty_app.info)
    assert empty_app.button(key="home.demo")


def test_a_full_workspace_is_told_in_numbers(demo_app: AppTest) -> None:
    assert not demo_app.exception
    assert {m.label: m.value for m in demo_app.metric} == {
        "Corpora": "3",
        "Dialogues": "252",
        "Utterances": "2,301",
        "Generation runs": "1",
        "Versions": "2",
        "Trained runs": "2",
    }
    assert "recorded text of a large language model" in " ".join(c.value for c in demo_app.caption)
    assert "home.demo" not in [b.key for b in demo_app.button]


def test_a_demo_that_failed_says_why_and_what_to_do(empty_app: AppTest) -> None:
    empty_app.button(key="home.demo").click().run()
    store = resources.workspace().store
    job = store.jobs.claim("a worker")
    assert job is not None
    store.jobs.end(job.id, job.claim, JobState.FAILED, error={"code": "x", "message": "disk full", "hint": "make room"})
    empty_app.run()
    assert "disk full" in empty_app.error[0].value
    assert any("make room" in c.value for c in empty_app.caption)
