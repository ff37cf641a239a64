"""The server dies by SIGKILL and comes back at the same address: nothing saved is lost, nothing pressed vanishes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from erc_engine.corpora.loading import Loaded
from erc_engine.domain.conversation import Origin
from erc_engine.domain.generation_runs import AttemptState, RunState
from erc_engine.settings import Settings
from erc_engine.workflows import generation
from erc_engine.workflows.datasets import save_corpus
from erc_engine.workflows.jobs import submit
from erc_engine.workflows.workspace import Workspace, open_workspace
from tests.browser.conftest import Served, Tab, opened
from tests.browser.reviewing import all_saved, begin, press, say_who, told
from tests.builders import corpus, dialogue

LABELS = ["neutral", "joy", "surprise", "anger", "sadness", "disgust"]


@pytest.fixture
def reviewed(serve: Callable[[Path], Served], tmp_path: Path) -> Served:
    home = tmp_path / "workspace"
    with open_workspace(Settings.from_environment({"ERC_HOME": str(home)})) as workspace:
        lines = [f"{'Ana' if n % 2 else 'Bo'}: Line {n}. [disgust]" for n in range(12)]
        dialogues = [dialogue(*lines, id=f"d{n}") for n in (1, 2, 3)]
        save_corpus(workspace, Loaded(corpus(*dialogues, name="made", origin=Origin.GENERATED), (), "x"))
    return serve(home)


@pytest.fixture
def look() -> Iterator[Callable[[Served], Workspace]]:
    """The workspace of a server, opened from outside."""
    with ExitStack() as stack:
        yield lambda served: stack.enter_context(
            open_workspace(Settings.from_environment({"ERC_HOME": str(served.home)}))
        )


def labelled(workspace: Workspace) -> list[tuple[str, str, str]]:
    return told(workspace.store.review.events("made"), "ana")


def test_keys_pressed_while_the_server_is_dead_are_said_to_be_unsaved_and_stored_when_it_is_back(
    reviewed: Served, tab: Tab, look: Callable[[Served], Workspace]
) -> None:
    page, workspace = tab(outage=True), look(reviewed)
    begin(page, reviewed, "ana")
    press(page, "123")
    all_saved(page)
    page.keyboard.press("4")
    reviewed.kill()
    press(page, "56")
    page.locator(".board .unsaved", has_text="not saved yet").wait_for()
    assert labelled(workspace)[:3] == [("label", f"d1:{n}", LABELS[n]) for n in range(3)]
    reviewed.start()
    all_saved(page)  # the tab came back by itself, and sent again what had no answer
    assert labelled(workspace) == [("label", f"d1:{n}", label) for n, label in enumerate(LABELS)]
    press(page, "u7")
    all_saved(page)
    assert labelled(workspace)[6:] == [("undo", "d1:5", ""), ("label", "d1:5", "fear")]


def test_keys_without_an_answer_survive_a_reload_of_the_tab(
    reviewed: Served, tab: Tab, look: Callable[[Served], Workspace]
) -> None:
    page, workspace = tab(outage=True), look(reviewed)
    begin(page, reviewed, "ana")
    reviewed.kill()
    press(page, "12")
    page.locator(".board .unsaved", has_text="2 not saved yet").wait_for()
    reviewed.start()
    page.reload()
    all_saved(page)
    assert labelled(workspace) == [("label", "d1:0", "neutral"), ("label", "d1:1", "joy")]


def test_links_lead_to_their_place_after_a_restart(
    reviewed: Served, tab: Tab, look: Callable[[Served], Workspace]
) -> None:
    reviewed.kill()
    reviewed.start()
    page = tab()
    page.goto(f"{reviewed.address}/review?corpus=made&dialogue=d2&utterance=d2:7")
    say_who(page, "ana")
    page.locator(".board .bubble.focus[data-utterance='d2:7']").wait_for()
    assert "corpus=made&dialogue=d2" in page.url
    press(page, "3")
    all_saved(page)
    assert labelled(look(reviewed)) == [("label", "d2:7", "surprise")]
    opened(page, f"{reviewed.address}/datasets?section=browse&corpus=made&dialogue=d3")
    page.get_by_text("Line 0.").filter(visible=True).first.wait_for()
    assert "dialogue=d3" in page.url


def test_a_run_whose_server_was_killed_goes_on_and_its_books_balance(
    serve: Callable[[Path], Served], demo_home: Path, tmp_path: Path, tab: Tab, look: Callable[[Served], Workspace]
) -> None:
    served = serve(Path(shutil.copytree(demo_home, tmp_path / "home")))
    workspace = look(served)
    order = {"recipe": "meld-balanced", "like": "demo-sitcom", "utterances": 100, "seed": 4, "name": "slow"}
    submit(workspace, "generate", {**order, "model": "replay:?faults=all:0.3&delay_ms=150"})
    page = tab(outage=True)
    page.goto(f"{served.address}/generate?run=slow")
    page.get_by_text("Books").wait_for()
    page.get_by_text("of 100 utterances").wait_for()
    served.kill()
    before = {a.plan for a in workspace.store.runs.attempts("slow") if a.state is AttemptState.ACCEPTED}
    assert workspace.store.runs.books("slow").balanced
    served.start()
    page.get_by_text("complete", exact=True).wait_for(timeout=60_000)
    report = generation.report(workspace, "slow")
    accepted = [a.plan for a in workspace.store.runs.attempts("slow") if a.state is AttemptState.ACCEPTED]
    assert report.state is RunState.COMPLETE
    assert report.utterances >= 100
    assert report.books.balanced
    assert report.books.in_flight == 0
    assert before <= set(accepted)
    assert len(accepted) == len(set(accepted)) == report.books.accepted
