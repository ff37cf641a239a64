"""kill -9 at random moments of a live run, 16 requests at once at two servers that fail and write bad turns."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from erc_engine.domain.generation_runs import Attempt, AttemptState, RunState
from erc_engine.settings import Settings
from erc_engine.workflows.generation import generate
from erc_engine.workflows.workspace import Workspace, open_workspace
from tests.workflows.conftest import add_sitcom

ROOT = Path(__file__).parents[2]
SERVER = Path(__file__).with_name("faulty_server.py")
ORDER = {"recipe": "meld-balanced", "like": "sitcom", "model": "openai:farm#invented", "name": "made", "repairs": 2}
UTTERANCES, WINDOW, KILLS = 400, 16, 2


def settings_in(home: Path) -> Settings:
    return Settings.from_environment({"ERC_HOME": str(home)})


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("prepared") / "home"
    with open_workspace(settings_in(home)) as workspace:
        add_sitcom(workspace, ROOT / "assets")
    return home


@pytest.fixture(params=[1, 2])
def farm(request: pytest.FixtureRequest) -> Iterator[tuple[int, str]]:
    """The seed of two servers, and the lines of config.toml that name them."""
    process = subprocess.Popen([sys.executable, str(SERVER), str(request.param)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    urls = [f"http://127.0.0.1:{port}/v1" for port in process.stdout.readline().split()]
    price = "[endpoints.farm.prices.invented]\nprompt = 10\ncompletion = 100\n"
    yield request.param, f"[endpoints.farm]\nurls = {urls}\ntimeout_seconds = 5\n{price}"
    process.kill()
    process.wait()


def start(home: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "ERC_HOME": str(home), "PYTHONPATH": str(ROOT)}
    environment.pop("ERC_DATABASE_URL", None)
    options = [f"--{key}={value}" for key, value in ORDER.items()]
    command = [sys.executable, "-m", "erc_engine.cli.main", "generate", *options, f"--window={WINDOW}"]
    command.append(f"--utterances={UTTERANCES}")
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def killed(home: Path, more: int, after: float) -> tuple[Attempt, ...]:
    """Runs until so many more are accepted and some time has passed, kills, and gives what was accepted."""
    with open_workspace(settings_in(home)) as workspace:
        wanted = len(accepted(workspace)) + more
        process = start(home)
        begun = time.monotonic()
        while time.monotonic() - begun < 60 and process.poll() is None:
            if workspace.store.runs.by_name("made") and workspace.store.runs.books("made").accepted >= wanted:
                break
            time.sleep(0.005)
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        found = accepted(workspace)
        assert len(found) >= wanted
        assert workspace.store.runs.books("made").balanced
        return found


def accepted(workspace: Workspace) -> tuple[Attempt, ...]:
    if workspace.store.runs.by_name("made") is None:
        return ()
    found = [a for a in workspace.store.runs.attempts("made") if a.state == AttemptState.ACCEPTED]
    return tuple(replace(a, surplus=False) for a in sorted(found, key=lambda a: a.plan))


def test_nothing_is_accepted_twice_or_changed_however_often_the_run_is_killed(
    prepared: Path, farm: tuple[int, str], tmp_path: Path
) -> None:
    seed, config = farm
    draw = random.Random(seed)
    home = tmp_path / "home"
    shutil.copytree(prepared, home)
    (home / "config.toml").write_text(config)
    kept: dict[str, Attempt] = {}
    for _ in range(KILLS):
        found = killed(home, more=draw.randrange(1, 12), after=draw.random() / 20)
        assert {a.plan: a for a in found if a.plan in kept} == kept
        kept = {a.plan: a for a in found}
    with open_workspace(settings_in(home)) as workspace:
        before = workspace.store.runs.books("made")
        repairs_before = workspace.store.turn_repairs.books("made")
        assert repairs_before.balanced
        report = generate(workspace, **ORDER, seed=1, utterances=UTTERANCES)
        after = {a.plan: a for a in accepted(workspace)}
        attempts = list(workspace.store.runs.attempts("made"))
        repairs = workspace.store.turn_repairs.of("made")
        corpus = workspace.store.corpora.get("made")
    assert report.state == RunState.COMPLETE, report.message
    assert report.window == WINDOW
    assert report.books.balanced
    assert report.books.in_flight == 0
    assert report.books.lost == before.lost + before.in_flight > 0
    assert report.books.rejected > 0
    assert report.turn_repairs.balanced
    assert report.turn_repairs.in_flight == 0
    assert report.turn_repairs.mended > 0
    assert report.turn_repairs.lost == repairs_before.lost + repairs_before.in_flight
    mended = [a for a in after.values() if any(r.kind == "rewritten" for r in a.repairs)]
    assert 0 < len(mended) <= report.turn_repairs.mended
    assert {plan: a for plan, a in after.items() if plan in kept} == kept
    assert len(after) == report.books.accepted == sum(a.state == AttemptState.ACCEPTED for a in attempts)
    texts = [a.raw for a in after.values()]
    assert len(set(texts)) == len(texts)
    assert len({d.id for d in corpus.dialogues}) == len(corpus.dialogues)
    assert report.usage is not None
    told = [a for a in attempts if a.completion_tokens is not None]
    assert report.usage.untold == report.usage.replies - len(told)
    requests = sum(a.completion_tokens or 0 for a in attempts) // 100
    assert len(told) < requests <= len(told) + len(repairs)
    assert report.usage.dollars == pytest.approx(requests * (300 * 10 + 100 * 100) / 1_000_000)
