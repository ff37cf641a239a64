"""Downloads: one zip with the export and its card, made once for one content, refused where the licence says so."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pytest

from erc_engine.corpora.licences import EMOTIONLINES
from erc_engine.corpora.loading import Loaded
from erc_engine.domain.curation import DialogueState
from erc_engine.errors import InputError, NotFoundError, RefusedError
from erc_engine.workflows.datasets import export, save_corpus
from erc_engine.workflows.downloads import download, exportable, make_download
from erc_engine.workflows.versions import freeze
from erc_engine.workflows.workspace import Workspace
from tests.builders import corpus, dialogue


def test_the_zip_holds_what_export_writes(sitcom: Workspace) -> None:
    assert download(sitcom, "sitcom", "meld-csv") is None
    make_download(sitcom, "sitcom", "meld-csv")
    got = download(sitcom, "sitcom", "meld-csv")
    assert got is not None
    written = export(sitcom, "sitcom", "meld-csv", sitcom.home / "out").files
    with zipfile.ZipFile(io.BytesIO(got.data)) as archive:
        assert {n: archive.read(n) for n in archive.namelist()} == {f.name: f.read_bytes() for f in written}
    assert got.file_name == "sitcom-meld-csv.zip"


def test_the_same_content_gives_the_same_bytes(sitcom: Workspace) -> None:
    make_download(sitcom, "sitcom", "jsonl")
    first = download(sitcom, "sitcom", "jsonl")
    make_download(sitcom, "sitcom", "jsonl")
    assert download(sitcom, "sitcom", "jsonl") == first


def test_a_changed_corpus_is_prepared_again(sitcom: Workspace) -> None:
    make_download(sitcom, "sitcom", "jsonl")
    sitcom.store.corpora.set_state("sitcom", ["meld-matched-0000"], DialogueState.DROPPED, reason="r", who="w")
    assert download(sitcom, "sitcom", "jsonl") is None


def test_versions_come_first_and_carry_the_licences_of_their_sources(sitcom: Workspace) -> None:
    freeze(sitcom, "v1", train=["sitcom:train"], dev="sitcom:dev", test="sitcom:test")
    version, source = exportable(sitcom)
    assert (version.name, version.is_version, version.licence) == ("v1", True, source.licence)


def test_a_licence_without_derivatives_is_said_before_and_refused_after(workspace: Workspace) -> None:
    closed = replace(corpus(dialogue("Ana: Hi. [joy]"), name="closed"), licence=EMOTIONLINES)
    save_corpus(workspace, Loaded(closed, (), "a file"))
    (item,) = exportable(workspace)
    assert item.refused == "CC BY-NC-ND 4.0 allows no derivatives"
    with pytest.raises(RefusedError, match="no derivatives"):
        make_download(workspace, "closed", "jsonl")
    assert download(workspace, "closed", "jsonl") is None


def test_strange_names_and_formats_are_said(sitcom: Workspace) -> None:
    with pytest.raises(NotFoundError):
        download(sitcom, "../x", "jsonl")
    with pytest.raises(InputError):
        download(sitcom, "sitcom", "docx")
