"""The built package, installed in another environment, runs in another folder: commands and every page of the app."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
import venv
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ui.frame import PAGES

ROOT = Path(__file__).parents[1]
INSTALLED_AT = {"ui": "ui", "pages": "pages", ".streamlit": ".streamlit", "assets": ""}
BUILD = "from setuptools import build_meta; print(build_meta.build_sdist({!r}))"
START_SECONDS = 60


def call(*command: str | Path, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env={**clean(), **environment}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def clean() -> dict[str, str]:
    """The environment without what would show the installed package this checkout or another workspace."""
    return {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "ERC_DATABASE_URL", "ERC_HOME")}


@dataclass(frozen=True)
class Installed:
    """The wheel, the folder it was installed in, and the files of the source it was built from."""

    wheel: Path
    folder: Path
    source: tuple[str, ...]

    @property
    def erc(self) -> Path:
        return self.folder / "env" / "bin" / "erc"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Source archive from the files in git (and a folder that is new in it), wheel from the archive, environment."""
    folder = tmp_path_factory.mktemp("package")
    source = folder / "source"
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    names = [name for name in listed if (ROOT / name).is_file()]
    for name in names:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    for new in ("ui/tomorrow/deeper/__init__.py", "assets/tomorrow/scheme.yaml"):
        (source / new).parent.mkdir(parents=True)
        (source / new).write_text("# a folder that nobody has told the package of\n")
        names.append(new)
    call(sys.executable, "-c", BUILD.format(str(folder / "archive")), cwd=source)
    (archive,) = (folder / "archive").glob("*.tar.gz")
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    call(*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", folder / "dist", archive, cwd=folder)
    (wheel,) = (folder / "dist").glob("*.whl")

    elsewhere = folder / "elsewhere"
    venv.create(elsewhere / "env", with_pip=True)
    python = elsewhere / "env" / "bin" / "python"
    site = call(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=elsewhere).strip()
    # what the package depends on comes from this environment, the package itself only from the wheel
    (Path(site) / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    call(python, "-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall", wheel, cwd=elsewhere)
    where = call(python, "-c", "import erc_engine; print(erc_engine.__file__)", cwd=elsewhere)
    assert where.startswith(str(elsewhere))
    return Installed(wheel, elsewhere, tuple(names))


@pytest.fixture(scope="module")
def address(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where `erc app` of the installed package serves a workspace of its own."""
    here = tmp_path_factory.mktemp("served")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (here / "log").open("wb") as log:
        server = subprocess.Popen(
            [installed.erc, "app", "--port", str(port)], cwd=here, env=clean(), stdout=log, stderr=log
        )
    deadline = time.monotonic() + START_SECONDS
    while not _healthy(port):
        if server.poll() is not None or time.monotonic() > deadline:
            server.kill()
            pytest.fail(f"the app did not start:\n{(here / 'log').read_text()[-2000:]}")
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    server.send_signal(signal.SIGINT)
    assert server.wait(20) == 0, (here / "log").read_text()[-2000:]
    assert "Traceback" not in (here / "log").read_text()


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_the_wheel_has_every_file_of_the_app_also_of_a_new_folder_and_nothing_else(installed: Installed) -> None:
    wanted = {"app.py"}
    for name in installed.source:
        top, _, rest = name.partition("/")
        if top in INSTALLED_AT and rest:
            wanted.add(f"{INSTALLED_AT[top]}/{rest}".lstrip("/"))
    with zipfile.ZipFile(installed.wheel) as opened:
        found = {re.split(r"\.data/data/share/erc-studio/", name)[-1] for name in opened.namelist() if ".data/" in name}
    assert found == wanted
    assert {"ui/tomorrow/deeper/__init__.py", "tomorrow/scheme.yaml", "recordings/votes.jsonl"} <= found


def test_the_wheel_has_every_file_of_the_engine(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as opened:
        found = {name for name in opened.namelist() if name.startswith("erc_engine/")}
    assert found == {name for name in installed.source if name.startswith("erc_engine/")}


def test_the_installed_command_line_brings_recipes_recordings_and_migrations(installed: Installed) -> None:
    recipes = json.loads(call(installed.erc, "recipes", "--json", cwd=installed.folder))
    assert "meld-balanced" in [row["name"] for row in recipes["recipes"]]
    assert json.loads(call(installed.erc, "demo", "--json", cwd=installed.folder))["run"]["state"] == "complete"
    assert (installed.folder / "workspace" / "erc.db").is_file()


@pytest.mark.parametrize("name", PAGES)
def test_the_installed_app_serves_every_page(address: str, name: str, tab: Callable[[], Any]) -> None:
    """Any address is answered with the same document; which page it is, only a browser learns."""
    with urllib.request.urlopen(f"{address}/{name}", timeout=20) as answer:
        assert answer.status == 200
    page = tab()
    page.goto(f"{address}/{name}")
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"] h1')
    assert page.locator("h1").first.inner_text() == PAGES[name].title
    assert page.locator('[data-testid="stException"], [data-testid="stAlertContentError"]').count() == 0
