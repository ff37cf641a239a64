"""The command line in this process: `erc("describe", "sitcom")` → exit code and the JSON it printed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from erc_engine.cli.main import run

Erc = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def erc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Erc:
    monkeypatch.setenv("ERC_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("ERC_DATABASE_URL", raising=False)

    def command(*arguments: str) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        code = run([*arguments, "--json"])
        printed = capsys.readouterr().out
        assert printed.count("\n") == 1, f"one line of JSON was expected: {printed!r}"
        return code, json.loads(printed)

    return command
