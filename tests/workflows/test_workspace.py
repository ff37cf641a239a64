"""A workspace is made where the environment says, opened again as it was, or refused with advice."""

from __future__ import annotations

from pathlib import Path

import pytest

from erc_engine.corpora.loading import Loaded
from erc_engine.errors import InputError, UnavailableError
from erc_engine.settings import Settings
from erc_engine.workflows.datasets import save_corpus
from erc_engine.workflows.workspace import open_workspace
from tests.builders import corpus, dialogue


def settings(home: Path, **more: str) -> Settings:
    return Settings.from_environment({"ERC_HOME": str(home), **more})


def test_a_new_workspace_is_made_with_its_folders_and_is_empty(tmp_path: Path) -> None:
    home = tmp_path / "deep" / "home"
    with open_workspace(settings(home)) as workspace:
        assert workspace.home == home
        assert workspace.store.corpora.names() == ()
    assert (home / "erc.db").is_file()


def test_what_was_saved_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    with open_workspace(settings(tmp_path / "one")) as workspace:
        save_corpus(workspace, Loaded(corpus(dialogue("Ana: Hm. [joy]"), name="talk"), (), "a file"))
    with open_workspace(settings(tmp_path / "one")) as again, open_workspace(settings(tmp_path / "two")) as other:
        assert again.store.corpora.names() == ("talk",)
        assert other.store.corpora.names() == ()


def test_the_environment_names_the_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERC_HOME", str(tmp_path / "named"))
    monkeypatch.setenv("ERC_DATABASE_URL", f"sqlite:///{tmp_path / 'apart.db'}")
    with open_workspace() as workspace:
        assert workspace.home == tmp_path / "named"
    assert (tmp_path / "apart.db").is_file()
    assert not (tmp_path / "named" / "erc.db").exists()


def test_a_store_is_closed_with_its_workspace(tmp_path: Path) -> None:
    with open_workspace(settings(tmp_path / "home")) as workspace:
        pass
    with pytest.raises(UnavailableError, match="closed"):
        workspace.store.corpora.names()


@pytest.mark.parametrize("below", ["", "inside"])
def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path, below: str) -> None:
    (tmp_path / "taken").write_text("a letter")
    with pytest.raises(UnavailableError, match="taken") as error, open_workspace(settings(tmp_path / "taken" / below)):
        pass
    assert "ERC_HOME" in error.value.hint
    assert (tmp_path / "taken").read_text() == "a letter"


@pytest.mark.parametrize("url", ["nonsense", "mysql://host/db", "sqlite://", "postgresql://host:port/db", "://"])
def test_an_address_that_is_no_store_is_refused_with_an_example(tmp_path: Path, url: str) -> None:
    with pytest.raises(InputError) as error, open_workspace(settings(tmp_path / "home", ERC_DATABASE_URL=url)):
        pass
    assert "postgresql://user@host/database" in error.value.hint
