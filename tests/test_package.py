"""The built package, installed in another environment, runs in another folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]


def call(*command: str | Path, cwd: Path, **environment: str) -> str:
    kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "ERC_DATABASE_URL")}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env={**kept, **environment}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_installed_package_brings_recipes_recordings_and_migrations(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split():
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    call(*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", tmp_path / "dist", source, cwd=tmp_path)
    (wheel,) = (tmp_path / "dist").glob("*.whl")

    elsewhere = tmp_path / "elsewhere"
    venv.create(elsewhere / "env", with_pip=True)
    python = elsewhere / "env" / "bin" / "python"
    site = call(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=elsewhere).strip()
    # what the package depends on comes from this environment, the package itself only from the wheel
    (Path(site) / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    call(python, "-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall", wheel, cwd=elsewhere)
    where = call(python, "-c", "import erc_engine; print(erc_engine.__file__)", cwd=elsewhere)
    assert where.startswith(str(elsewhere))

    share = elsewhere / "env" / "share" / "erc-studio"
    app = [p for folder in ("pages", "ui") for p in (source / folder).rglob("*") if p.is_file()]
    assert [str(p.relative_to(source)) for p in app if not (share / p.relative_to(source)).is_file()] == []
    assert (share / "app.py").is_file()

    erc = elsewhere / "env" / "bin" / "erc"
    recipes = json.loads(call(erc, "recipes", "--json", cwd=elsewhere))
    assert "meld-balanced" in [row["name"] for row in recipes["recipes"]]
    assert json.loads(call(erc, "demo", "--json", cwd=elsewhere))["run"]["state"] == "complete"
    assert (elsewhere / "workspace" / "erc.db").is_file()
