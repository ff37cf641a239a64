"""The Jobs page: what stands there when nothing runs, one that waits, one that failed, and a strange address."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from erc_engine.domain.jobs import JobState
from erc_engine.workflows import jobs
from ui import resources


def opened(app: AppTest, **query: str) -> AppTest:
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page("pages/jobs.py").run()
    assert not app.exception
    return app


def test_an_empty_workspace_says_what_will_stand_here(empty_app: AppTest) -> None:
    assert "No jobs yet" in opened(empty_app).info[0].value


def test_a_waiting_job_can_be_cancelled_and_then_retried(empty_app: AppTest) -> None:
    job = jobs.submit(resources.workspace(), "demo", {})
    app = opened(empty_app)
    app.button(key=f"jobs.cancel.{job.id}").click().run()
    assert jobs.job(resources.workspace(), job.id).state == JobState.CANCELLED
    app.run()
    app.button(key="jobs.retry").click().run()
    assert jobs.job(resources.workspace(), job.id).state == JobState.QUEUED


def test_a_failed_job_shows_its_log_and_the_hint(empty_app: AppTest) -> None:
    space = resources.workspace()
    jobs.submit(space, "train", {"version_name": "no-such", "classifier": "tfidf", "seed": 1})
    jobs.submit(space, "audit", {"names": ["no-such"]})
    jobs.work(space, once=True)
    job = next(j for j in jobs.jobs(space) if j.kind == "train")
    app = opened(empty_app, job=job.id)
    assert app.selectbox(key="jobs.chosen").value == job.id
    assert "no\\-such" in app.error[0].value
    assert any("versions in this workspace" in c.value for c in app.caption)


def test_an_unknown_job_in_the_address_is_said_and_the_page_lives(demo_app: AppTest) -> None:
    jobs.submit(resources.workspace(), "demo", {})
    app = opened(demo_app, job="<b>nope")
    assert "There is no job" in app.warning[0].value
    assert app.selectbox(key="jobs.chosen").value
