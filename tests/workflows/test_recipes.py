"""Recipes are found by name, file and hash, and every version that a run used is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from erc_engine.domain.generation_runs import RunState
from erc_engine.errors import InputError, NotFoundError
from erc_engine.workflows.generation import generate
from erc_engine.workflows.recipes import find_recipe, recipes
from erc_engine.workflows.workspace import Workspace

BUNDLED = [f"{name}-{target}" for name in ("emorynlp", "iemocap", "meld") for target in ("balanced", "matched")]
BUNDLED += ["meld-spoken", "tiny-meld"]


@pytest.fixture
def file(assets: Path, tmp_path: Path) -> Path:
    """A recipe of one's own: a copy of a bundled one under another name."""
    path = tmp_path / "mine.yaml"
    text = (assets / "recipes" / "meld-balanced.yaml").read_text("utf-8")
    path.write_text(text.replace("recipe: meld-balanced", "recipe: mine"), "utf-8")
    return path


def change(file: Path, before: str = "max_words: 60", after: str = "max_words: 55") -> None:
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after), "utf-8")


def use(workspace: Workspace, recipe: str, name: str) -> None:
    """A run of one dialogue."""
    report = generate(
        workspace, recipe=recipe, like="sitcom", utterances=1, model="replay:", seed=1, name=name
    )  # fmt: skip
    assert report.state == RunState.COMPLETE


def saved(workspace: Workspace) -> list[tuple[str, int | None]]:
    return [(row.name, row.version) for row in recipes(workspace) if row.version is not None]


def test_the_bundled_recipes_are_listed_without_a_version_until_one_is_used(sitcom: Workspace) -> None:
    assert [(row.name, row.version) for row in recipes(sitcom)] == [(name, None) for name in BUNDLED]
    use(sitcom, "meld-balanced", "made")
    assert saved(sitcom) == [("meld-balanced", 1)]
    assert [row.name for row in recipes(sitcom)] == BUNDLED


def test_a_recipe_is_found_by_name_and_by_the_first_eight_characters_of_its_hash(workspace: Workspace) -> None:
    by_name = find_recipe(workspace, "meld-matched")
    assert by_name.name == "meld-matched"
    assert find_recipe(workspace, by_name.hash) == by_name
    assert find_recipe(workspace, by_name.hash[:8]) == by_name
    with pytest.raises(NotFoundError):
        find_recipe(workspace, by_name.hash[:7])


def test_a_file_is_read_where_it_is_and_saved_when_a_run_uses_it(sitcom: Workspace, file: Path) -> None:
    found = find_recipe(sitcom, str(file))
    assert (found.name, found.checks.max_words) == ("mine", 60)
    assert saved(sitcom) == []
    use(sitcom, str(file), "made")
    assert saved(sitcom) == [("mine", 1)]
    file.unlink()
    assert find_recipe(sitcom, "mine").hash == found.hash
    assert find_recipe(sitcom, found.hash[:8]).text == found.text


def test_a_file_changed_between_runs_is_a_new_version_and_the_old_one_stays(sitcom: Workspace, file: Path) -> None:
    use(sitcom, str(file), "first")
    before = find_recipe(sitcom, "mine")
    change(file)
    use(sitcom, str(file), "second")
    assert saved(sitcom) == [("mine", 1), ("mine", 2)]
    assert find_recipe(sitcom, "mine").checks.max_words == 55
    assert find_recipe(sitcom, before.hash[:12]) == before
    runs = {name: sitcom.store.runs.get(name).settings.recipe for name in ("first", "second")}
    assert runs["first"] == before.hash != runs["second"]


def test_a_comment_or_another_spacing_makes_no_new_version(sitcom: Workspace, file: Path) -> None:
    use(sitcom, str(file), "first")
    change(file, "recipe: mine", "# a comment\nrecipe:   mine")
    use(sitcom, str(file), "second")
    assert saved(sitcom) == [("mine", 1)]


def test_the_name_of_a_bundled_recipe_means_it_also_after_a_changed_copy_was_used(
    sitcom: Workspace, file: Path
) -> None:
    bundled = find_recipe(sitcom, "meld-balanced")
    use(sitcom, "meld-balanced", "first")
    change(file, "recipe: mine", "recipe: meld-balanced")
    change(file)
    use(sitcom, str(file), "second")
    assert saved(sitcom) == [("meld-balanced", 1), ("meld-balanced", 2)]
    assert find_recipe(sitcom, "meld-balanced") == bundled
    use(sitcom, "meld-balanced", "first")  # the same command again


def test_an_unknown_name_lists_the_names_there_are(sitcom: Workspace, file: Path) -> None:
    use(sitcom, str(file), "made")
    with pytest.raises(NotFoundError, match="no recipe 'sonnets'") as error:
        find_recipe(sitcom, "sonnets")
    assert all(name in error.value.hint for name in (*BUNDLED, "mine"))


def test_a_missing_file_is_said_by_its_path(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no recipe file .*absent\.yaml") as error:
        find_recipe(workspace, str(tmp_path / "absent.yaml"))
    assert error.value.hint


@pytest.mark.parametrize("content", [b"recipe: \xff\xfe", b"- a list", b"recipe: mine\nsystem: a\nuser: b\nmood: c\n"])
def test_a_file_that_is_no_recipe_is_an_input_error_naming_it(
    workspace: Workspace, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "odd.yml").write_bytes(content)
    with pytest.raises(InputError, match=r"odd\.yml"):
        find_recipe(workspace, str(tmp_path / "odd.yml"))


def test_a_folder_instead_of_a_file_is_an_input_error(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(InputError, match="cannot be read"):
        find_recipe(workspace, str(tmp_path / "folder.yaml"))
