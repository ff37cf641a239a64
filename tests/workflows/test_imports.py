"""Imports through the app: uploads that leave nothing behind, and no way out of the allowed roots."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from erc_engine.errors import ErcError, InputError, NotFoundError, RefusedError
from erc_engine.workflows import imports
from erc_engine.workflows.workspace import Workspace

CSV = b"dialogue,speaker,text,emotion\n1,Ana,Where were you?,anger\n1,Bo,At the pier.,neutral\n2,Cy,Cake!,joy\n"


@pytest.fixture
def own(workspace: Workspace) -> Path:
    """The workspace's `imports` folder with one file in it."""
    folder = workspace.home / "imports"
    folder.mkdir(parents=True)
    (folder / "chat.csv").write_bytes(CSV)
    return folder


def uploads(workspace: Workspace) -> list[str]:
    folder = workspace.home / "uploads"
    return sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []


def test_an_upload_becomes_a_corpus_and_its_folder_goes(workspace: Workspace) -> None:
    path = imports.keep_upload(workspace, [("train.csv", CSV), ("dev.csv", CSV)])
    summary = imports.import_files(workspace, kind="csv", path=str(path), name="chat")
    assert {split: s.dialogues for split, s in summary.splits.items()} == {"train": 2, "dev": 2}
    assert workspace.store.corpora.stored("chat").source == "uploaded: dev.csv, train.csv"
    assert uploads(workspace) == []


def test_the_folder_goes_also_when_the_file_cannot_be_read(workspace: Workspace) -> None:
    path = imports.keep_upload(workspace, [("chat.csv", b"a,b\n1,2\n")])
    with pytest.raises(InputError, match="which column"):
        imports.import_files(workspace, kind="csv", path=str(path), name="chat")
    assert uploads(workspace) == []


def test_what_a_dead_process_left_behind_goes_with_the_next_upload(workspace: Workspace) -> None:
    left = imports.keep_upload(workspace, [("a.csv", CSV)]).parent
    long_ago = time.time() - 2 * 24 * 3600
    os.utime(left, (long_ago, long_ago))
    kept = imports.keep_upload(workspace, [("b.csv", CSV)]).parent
    assert uploads(workspace) == [kept.name]


def test_names_of_uploads_lead_nowhere(workspace: Workspace) -> None:
    path = imports.keep_upload(workspace, [("../../évil/..\\train set.csv", CSV)])
    assert path.name == "train set.csv"
    assert path.parent.parent == (workspace.home / "uploads").resolve()
    for name in ("x.exe", "csv", ".csv", "..", ""):
        with pytest.raises(InputError, match="known form"):
            imports.keep_upload(workspace, [(name, CSV)])


def test_uploads_are_bounded(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "MAX_UPLOAD_BYTES", 1 << 20)
    with pytest.raises(InputError, match="1 MiB is the most"):
        imports.keep_upload(workspace, [("a.csv", b"x" * (1 << 20)), ("b.csv", b"x")])
    with pytest.raises(InputError, match="13 files"):
        imports.keep_upload(workspace, [(f"{n}.csv", b"") for n in range(13)])
    with pytest.raises(InputError, match="same name"):
        imports.keep_upload(workspace, [("a.csv", b""), ("x/a.csv", b"")])
    assert uploads(workspace) == []


def test_a_file_under_a_root_is_listed_and_imported(workspace: Workspace, own: Path) -> None:
    assert [(s.shown, s.kind) for s in imports.sources(workspace) if s.shown.startswith("imports/")] == [
        ("imports/chat.csv", "csv")
    ]
    summary = imports.import_files(workspace, kind="csv", path="chat.csv", name="chat", licence="CC BY 4.0")
    assert (summary.licence, summary.may_leave_machine) == ("CC BY 4.0", False)
    assert (own / "chat.csv").exists()


@pytest.mark.parametrize("path", ["/etc/passwd", "../erc.db", "../../x.csv", "~/x.csv\x00"])
def test_a_path_elsewhere_is_refused_with_what_to_do(workspace: Workspace, own: Path, path: str) -> None:
    with pytest.raises(ErcError) as caught:
        imports.import_files(workspace, kind="csv", path=path, name="chat")
    assert isinstance(caught.value, (RefusedError, InputError))
    assert "upload the files" in caught.value.hint


def test_a_link_out_of_a_root_is_followed_to_its_end_and_refused(workspace: Workspace, own: Path) -> None:
    outside = workspace.home.parent / "secret.csv"
    outside.write_bytes(CSV)
    (own / "link.csv").symlink_to(outside)
    with pytest.raises(RefusedError, match="reads nothing else"):
        imports.import_files(workspace, kind="csv", path="link.csv", name="chat")


def test_a_folder_with_a_link_out_of_the_root_in_it_is_refused(workspace: Workspace, own: Path) -> None:
    outside = workspace.home.parent / "secret.csv"
    outside.write_bytes(CSV)
    (own / "folder").mkdir()
    (own / "folder" / "train.csv").symlink_to(outside)
    with pytest.raises(RefusedError, match="reads nothing else"):
        imports.preview_path(workspace, "folder")


def test_a_file_that_is_not_there_is_not_found(workspace: Workspace, own: Path) -> None:
    with pytest.raises(NotFoundError):
        imports.preview_path(workspace, "none.csv")


def test_the_kind_of_an_upload_is_told_from_its_head() -> None:
    meld = b"Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime\n"
    assert imports.looks_like([("train_sent_emo.csv", meld)]) == "meld"
    assert imports.looks_like([("chat.csv", CSV)]) == "csv"
    assert imports.looks_like([("x.json", b"{}")]) is None


def test_a_preview_guesses_the_columns(workspace: Workspace, own: Path) -> None:
    assert imports.preview_path(workspace, "chat.csv").guessed["label"] == "emotion"
