"""Files that no corpus and no prediction file can be: each is a message with a hint, and nothing of it stays."""

from __future__ import annotations

import gzip
import io
import threading
import zipfile

import pytest
from streamlit.testing.v1 import AppTest

from erc_engine.workflows import imports, leaderboard
from ui import resources

HEAD = b"Scene,Who,Line,Feeling\n"
MAPPING = {"dialogue": "Scene", "text": "Line", "speaker": "Who", "label": "Feeling"}


def zipped(size: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("train.csv", b"\0" * size)
    return out.getvalue()


BAD = {
    "empty.csv": (b"", "is empty"),
    "blank.csv": (b"\n\n\n", "is empty"),
    "head only.csv": (HEAD, "no "),
    "picture.csv": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "is not UTF-8 text"),
    "bomb.csv": (zipped(50 << 20), "is not UTF-8 text"),
    "bomb.jsonl": (gzip.compress(b"{" * (50 << 20)), "is not UTF-8 text"),
    "one field.csv": (HEAD + b'1,Ana,"' + b"word " * 60_000, "field larger than field limit"),
    "deep.json": (b"[" * 200_000, "nested too deep"),
    "number.json": (b"[" + b"9" * 10_000 + b"]", "is not JSON"),
    "cut.jsonl": (b'{"id": "d1", "utterances": [{"speak', "is not JSON"),
    "text.jsonl": (b"Dear reader,\nthis is a letter.\n", "is not JSON"),
    "wide.csv": (b",".join(b"c%d" % n for n in range(5000)) + b"\n1\n", "columns"),
}


def opened(app: AppTest) -> AppTest:
    app.query_params["section"] = "import"
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
    return " ".join(e.value for e in (*app.caption, *app.info, *app.success, *app.error, *app.warning)).replace(
        "\\", ""
    )


def mapped(app: AppTest, name: str) -> AppTest:
    """Columns chosen and a name typed, as far as the page asks for them."""
    places = [box.key for box in app.selectbox]
    for target, column in MAPPING.items():
        key = f"datasets.import.column.{target}.{name}"
        if key in places and column in app.selectbox(key=key).options:
            app.selectbox(key=key).select(column)
    names = [box for box in app.text_input if box.label == "Name of the corpus"]
    if names:
        names[0].input("typed")
    app.run()
    assert not app.exception
    return app


def imported(app: AppTest, name: str) -> AppTest:
    """As far as the page lets one go, and a click on Import."""
    mapped(app, name)
    if any(b.key == "datasets.import.go" and not b.disabled for b in app.button):
        app.button(key="datasets.import.go").click().run()
    return finished(app)


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_no_corpus_is_refused_with_a_hint_and_leaves_nothing(empty_app: AppTest, name: str) -> None:
    data, said = BAD[name]
    app = opened(empty_app)
    app.file_uploader(key="datasets.upload").upload(name, data, "text/csv").run()
    assert not app.exception
    app = imported(app, name)
    assert said in words(app)
    assert app.error
    assert "Try: " in words(app)
    space = resources.workspace()
    assert space.store.corpora.names() == ()
    assert not list((space.home / "uploads").glob("*"))
    typed = [box.value for box in app.text_input if box.label == "Name of the corpus"]
    assert typed in ([], ["typed"])


@pytest.mark.parametrize("name", ["../../../etc/chat.csv", "..\\..\\chat.csv", "/etc/chat.csv", "*a* <b>$x$.csv"])
def test_a_name_that_leads_elsewhere_is_a_name_only(empty_app: AppTest, name: str) -> None:
    app = opened(empty_app)
    app.file_uploader(key="datasets.upload").upload(
        name, HEAD + b"1,Ana,Where?,anger\n2,Bo,Here.,joy\n", "text/csv"
    ).run()
    assert not app.exception
    assert not app.error
    assert f"First rows of {name}".replace("\\", "") in words(app)
    app = imported(app, name)
    space = resources.workspace()
    assert space.store.corpora.names() == ("typed",)
    assert "typed is here: 2 train dialogues" in words(app)
    assert "/" not in space.store.corpora.stored("typed").source.removeprefix("uploaded: ")
    assert [p.name for p in space.home.parent.iterdir() if p.suffix == ".csv"] == []


def test_files_over_the_limit_are_refused_before_they_are_kept(
    empty_app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "MAX_UPLOAD_BYTES", 1 << 20)
    app = opened(empty_app)
    rows = HEAD + b"1,Ana,Where?,anger\n" * 40_000
    files = [("train.csv", rows, "text/csv"), ("dev.csv", rows, "text/csv")]
    app.file_uploader(key="datasets.upload").set_value(files).run()
    mapped(app, "train.csv, dev.csv").button(key="datasets.import.go").click().run()
    assert not app.exception
    assert "1 MiB is the most" in words(app)
    assert "import by path" in words(app)
    space = resources.workspace()
    assert space.store.corpora.names() == ()
    assert not (space.home / "uploads").exists()


BAD_PREDICTIONS = {
    "empty.csv": b"",
    "picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
    "latin.csv": "dialogue,utterance,label\nd,é,joy\n".encode("latin-1"),
    "bomb.csv": zipped(50 << 20),
    "one field.csv": b'dialogue,utterance,label\n"' + b"x" * 300_000,
    "columns.csv": b"a,b\n1,2\n",
    "stranger.csv": b"dialogue,utterance,label\n<b>no</b>,*such*,$joy$\n",
    "deep.jsonl": b"[" * 200_000,
    "number.jsonl": b'{"dialogue": ' + b"9" * 10_000 + b"}",
    "infinite.jsonl": b'{"dialogue": "d", "utterance": "u", "probabilities": {"joy": 1e999}}',
    "../../evil.csv": b"dialogue,utterance\n1,2\n",
}


@pytest.mark.parametrize("name", BAD_PREDICTIONS)
def test_predictions_that_cannot_be_read_are_refused_with_a_reason(demo_app: AppTest, name: str) -> None:
    space = resources.workspace()
    before = [r.run for r in leaderboard.standings(space)]
    app = demo_app.switch_page("pages/experiments.py").run()
    app.file_uploader(key="experiments.import.file").upload(name, BAD_PREDICTIONS[name], "text/csv")
    app.text_input(key="experiments.import.model").input("typed")
    app.button(key="experiments.import.go").click().run()
    assert not app.exception
    assert app.error
    assert app.text_input(key="experiments.import.model").value == "typed"
    assert [r.run for r in leaderboard.standings(space)] == before


def test_predictions_over_the_limit_are_refused(demo_app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaderboard, "MAX_UPLOAD_BYTES", 1 << 20)
    app = demo_app.switch_page("pages/experiments.py").run()
    app.file_uploader(key="experiments.import.file").upload("big.csv", b"dialogue,utterance\n" * 60_000, "text/csv")
    app.button(key="experiments.import.go").click().run()
    assert not app.exception
    assert "1 MiB is the most" in words(app)
