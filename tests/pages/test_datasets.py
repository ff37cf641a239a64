"""The Datasets page: every section on an empty and on a full workspace, and the way through each of them."""

from __future__ import annotations

import io
import threading
import zipfile

import pytest
from streamlit.testing.v1 import AppTest

from erc_engine.domain.jobs import JobState
from erc_engine.workflows import jobs
from erc_engine.workflows.releases import packed
from ui import resources

CSV = b"Scene,Who,Line,Feeling\n1,Ana,Where were *you*?,anger\n1,Bo,At the <b>pier</b>.,neutral\n2,Cy,Cake!,joy\n"


def opened(app: AppTest, **query: str) -> AppTest:
    app.query_params.clear()
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page("pages/datasets.py").run()
    assert not app.exception
    return app


def finished(app: AppTest) -> AppTest:
    """The page again, when the thread beside it has done its job."""
    for thread in threading.enumerate():
        if thread.name.startswith("erc job"):
            thread.join(20)
    app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    shown = (*app.caption, *app.info, *app.success, *app.error, *app.warning, *app.markdown)
    return " ".join(e.value for e in shown).replace("\\", "")


@pytest.mark.parametrize("section", ["browse", "audit", "quality", "versions", "export"])
def test_an_empty_workspace_says_what_to_do_first(empty_app: AppTest, section: str) -> None:
    app = opened(empty_app, section=section)
    assert "No corpus here yet" in app.info[0].value


def test_an_empty_workspace_opens_on_import(empty_app: AppTest) -> None:
    app = opened(empty_app)
    assert app.segmented_control(key="datasets.section").value == "import"
    assert "go nowhere else" in words(app)


def test_a_csv_is_uploaded_its_columns_chosen_and_nothing_stays_behind(empty_app: AppTest) -> None:
    app = opened(empty_app, section="import")
    app.file_uploader(key="datasets.upload").upload("lines.csv", CSV, "text/csv").run()
    assert app.button(key="datasets.import.go").disabled
    for target, column in (("dialogue", "Scene"), ("text", "Line"), ("speaker", "Who"), ("label", "Feeling")):
        app.selectbox(key=f"datasets.import.column.{target}.lines.csv").select(column)
    app.run()
    app.button(key="datasets.import.go").click().run()
    assert "lines is here: 2 train dialogues" in words(finished(app))
    space = resources.workspace()
    assert space.store.corpora.stored("lines").source == "uploaded: lines.csv"
    assert list((space.home / "uploads").iterdir()) == []


def test_a_path_elsewhere_is_refused_with_what_to_do(empty_app: AppTest) -> None:
    app = opened(empty_app, section="import")
    app.radio(key="datasets.import.from").set_value("Files on this machine").run()
    app.text_input(key="datasets.import.path").input("/etc/passwd").run()
    assert "the app reads nothing else" in words(app)
    assert "upload the files" in words(app)
    assert "datasets.import.go" not in [b.key for b in app.button]


def test_a_corpus_is_browsed_searched_and_read(demo_app: AppTest) -> None:
    app = opened(demo_app, section="browse", corpus="demo-sitcom")
    assert "120 dialogues" in words(app)
    assert "meld-matched-0000" in words(app)
    assert app.table[0].value["label"].iloc[0] == "surprise"
    app.button(key="datasets.browse.next").click().run()
    assert app.query_params["dialogue"] in (["meld-matched-0001"], "meld-matched-0001")
    app.text_input(key="datasets.browse.text").input("five stars").run()
    assert "1 dialogues with 1 matching utterances" in words(app)
    app.selectbox(key="datasets.browse.label.demo-sitcom").select("fear").run()
    assert "Nothing found" in words(app)


def test_an_address_leads_to_its_dialogue_and_a_wrong_one_is_said(demo_app: AppTest) -> None:
    app = opened(demo_app, section="browse", corpus="demo-copies", dialogue="leak-0")
    assert "leak-0" in words(app)
    assert "recorded" in words(app)
    app = opened(demo_app, section="browse", corpus="demo-copies", dialogue="<i>no")
    assert "has no dialogue" in words(app)
    app = opened(demo_app, section="browse", corpus="no-such")
    assert "There is no corpus no-such" in words(app)
    assert "dialogues" in words(app)


def test_an_audit_is_made_once_and_then_kept(demo_app: AppTest) -> None:
    app = opened(demo_app, section="audit", corpus="demo-sitcom")
    app.button(key="datasets.audit.go").click().run()
    finished(app)
    assert "datasets.audit.go" not in [b.key for b in app.button]
    assert any("demo-sitcom is" in c.value for c in app.code)
    (job,) = (j for j in jobs.jobs(resources.workspace()) if j.kind == "audit")
    assert job.state == JobState.DONE
    app = opened(demo_app, section="audit", corpus="demo-sitcom")
    assert any("demo-sitcom is" in c.value for c in app.code)


def test_freezing_is_refused_with_the_reason_and_then_done(demo_app: AppTest) -> None:
    app = opened(demo_app, section="versions", version="demo-mixed")
    assert app.selectbox(key="datasets.version").value == "demo-mixed"
    app.text_input(key="datasets.freeze.name").input("mine")
    app.multiselect(key="datasets.freeze.train").set_value(["demo-sitcom:train"])
    app.button(key="datasets.freeze.go").click().run()
    assert "cannot be dev data" in words(finished(app))
    app.checkbox(key="datasets.freeze.demo").check()
    app.button(key="datasets.freeze.go").click().run()
    assert "mine is frozen" in words(finished(app))
    version = resources.workspace().store.versions.get("mine")
    assert [(s.role, s.dialogues) for s in version.sources] == [("train", 84), ("dev", 12), ("test", 24)]


def test_an_export_is_prepared_and_its_terms_are_shown(demo_app: AppTest) -> None:
    app = opened(demo_app, section="export", corpus="demo-sitcom")
    assert "Licence: Apache-2.0" in [t.value for t in app.text]
    app.button(key="datasets.export.go").click().run()
    finished(app)
    assert "demo-sitcom.jsonl, demo-sitcom.corpus.json" in words(app)
    assert "datasets.export.go" not in [b.key for b in app.button]


def test_a_release_is_made_as_a_job_and_its_card_read(empty_app: AppTest) -> None:
    app = opened(empty_app, section="release")
    assert "meld: its published counts; emorynlp: its published counts" in words(app)
    app.multiselect(key="datasets.release.only").set_value(["meld-balanced"])
    app.number_input(key="datasets.release.count").set_value(40)
    app.text_input(key="datasets.release.name").input("../away").run()
    app.button(key="datasets.release.go").click().run()
    assert "a release's name" in words(app)
    app.text_input(key="datasets.release.name").input("mine").run()
    app.button(key="datasets.release.go").click().run()
    assert not app.exception
    space = resources.workspace()
    jobs.work(space, once=True)
    app.run()
    assert not app.exception
    [row] = app.dataframe[0].value.to_dict("records")
    assert (row["set"], row["plan"], row["recorded"]) == ("meld-balanced", "met", "yes")
    assert "What may hurt" in words(app)
    assert zipfile.ZipFile(io.BytesIO(packed(space, "mine"))).testzip() is None
