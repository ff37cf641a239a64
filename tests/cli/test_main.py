"""The entry of `erc`: each way to end has its exit code, its words, and its JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from erc_engine import __version__
from erc_engine.cli.main import main, run
from erc_engine.settings import Settings
from erc_engine.workflows import datasets
from erc_engine.workflows.workspace import open_workspace
from tests.cli.conftest import Erc
from tests.workflows.conftest import add_sitcom

COMMAND = [sys.executable, "-m", "erc_engine.cli.main"]


def raises(error: BaseException) -> Callable[..., None]:
    def workflow(*arguments: object, **more: object) -> None:
        raise error

    return workflow


# ---- usage


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"erc {__version__}\n"


@pytest.mark.parametrize(("arguments", "word"), [([], "describe"), (["votes"], "export"), (["predictions"], "import")])
def test_without_a_command_the_help_is_shown_and_it_is_a_usage_error(
    capsys: pytest.CaptureFixture[str], arguments: list[str], word: str
) -> None:
    assert run(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Usage: erc" in printed.err
    assert word in printed.err


def test_help_that_was_asked_for_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["describe", "--help"]) == 0
    assert "--json" in capsys.readouterr().out


USAGE = [
    (["frobnicate"], "frobnicate"),
    ([], "--json"),
    (["describe"], "NAME"),
    (["describe", "a", "b"], "b"),
    (["describe", "a", "--bogus"], "--bogus"),
    (["train", "v", "--seed", "one"], "--seed"),
    (["import", "meld", "folder"], "--name"),
    (["freeze", "v", "--train", "a", "--dev", "b"], "--test"),
    (["votes", "exprt"], "exprt"),
    (["predictions", "import", "v"], "FILE"),
]


@pytest.mark.parametrize(("arguments", "word"), USAGE)
def test_a_wrong_command_line_ends_with_2_and_names_what_is_wrong(erc: Erc, arguments: list[str], word: str) -> None:
    code, answer = erc(*arguments)
    assert (code, answer["error"]["code"]) == (2, "usage")
    assert word in answer["error"]["message"]
    assert "--help" in answer["error"]["hint"]


def test_a_wrong_command_line_is_told_to_people_on_standard_error(
    erc: Erc, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(["describe"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines() == [
        "error: Missing argument 'NAME'.",
        "  try: erc --help lists the commands, erc COMMAND --help what each takes",
    ]
    assert not (tmp_path / "home").exists()


def test_the_exit_code_of_the_process_is_that_of_the_command(erc: Erc, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, code in ((["corpora"], 0), (["describe", "nothing"], 1), (["describe"], 2)):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == code


# ---- other ends


def test_a_run_that_ends_short_of_its_plan_ends_with_3_and_still_reports(
    erc: Erc, assets: Path, tmp_path: Path
) -> None:
    with open_workspace(Settings.from_environment({"ERC_HOME": str(tmp_path / "home")})) as workspace:
        add_sitcom(workspace, assets)
    code, answer = erc(
        *("generate", "--recipe", "meld-balanced", "--like", "sitcom", "--model", "replay:"),
        *("--utterances", "50", "--max-attempts", "1", "--name", "made"),
    )
    assert (code, answer["state"], answer["submitted"]) == (3, "infeasible", 1)
    assert sum(answer["shortfall"].values()) > 0


def test_ctrl_c_ends_with_130(erc: Erc, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(datasets, "corpora", raises(KeyboardInterrupt()))
    assert run(["corpora"]) == 130
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "the same command again goes on" in printed.err
    code, answer = erc("corpora")
    assert (code, answer["error"]["code"]) == (130, "interrupted")


def test_a_fault_of_the_program_is_a_message_that_says_how_to_see_more(
    erc: Erc, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ERC_DEBUG", raising=False)
    monkeypatch.setattr(datasets, "corpora", raises(ZeroDivisionError("no turns")))
    code, answer = erc("corpora")
    assert (code, answer["error"]["code"]) == (1, "unexpected")
    assert answer["error"]["message"] == "ZeroDivisionError: no turns"
    assert "ERC_DEBUG=1" in answer["error"]["hint"]
    assert run(["corpora"]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_erc_debug_shows_the_traceback(erc: Erc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERC_DEBUG", "1")
    monkeypatch.setattr(datasets, "corpora", raises(ZeroDivisionError("no turns")))
    with pytest.raises(ZeroDivisionError):
        run(["corpora"])


def test_trouble_with_the_disk_names_the_file(erc: Erc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "corpora", raises(OSError(28, "No space left on device", "out.jsonl")))
    code, answer = erc("corpora")
    assert (code, answer["error"]["code"]) == (1, "unavailable")
    assert answer["error"]["message"] == "out.jsonl: No space left on device"
    assert "space" in answer["error"]["hint"]


def test_a_name_that_is_not_utf_8_is_answered_in_json(erc: Erc) -> None:
    code, answer = erc("describe", "caf\udce9")
    assert (code, answer["error"]["code"]) == (1, "not_found")
    assert "caf\udce9" in answer["error"]["message"]


# ---- the workspace


def test_a_file_in_the_place_of_the_workspace_folder_is_a_message(
    erc: Erc, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a letter")
    monkeypatch.setenv("ERC_HOME", str(tmp_path / "taken"))
    code, answer = erc("corpora")
    assert (code, answer["error"]["code"]) == (1, "unavailable")
    assert "taken" in answer["error"]["message"]
    assert "ERC_HOME" in answer["error"]["hint"]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("nonsense", "input"),
        ("mysql://host/db", "input"),
        ("sqlite://", "input"),
        ("sqlite:///{folder}", "input"),
        ("sqlite:////proc/nowhere/erc.db", "unavailable"),
        ("postgresql://ana:secret@127.0.0.1:1/erc", "unavailable"),
    ],
)
def test_an_address_that_is_no_store_is_a_message_without_its_password(
    erc: Erc, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str, code: str
) -> None:
    monkeypatch.setenv("ERC_DATABASE_URL", url.format(folder=tmp_path))
    ended, answer = erc("corpora")
    assert (ended, answer["error"]["code"]) == (1, code)
    assert answer["error"]["hint"]
    assert "secret" not in json.dumps(answer)


def test_a_file_that_is_no_database_is_a_message(erc: Erc, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_text("Dear Ana, the ferry was late. " * 100)
    monkeypatch.setenv("ERC_DATABASE_URL", f"sqlite:///{tmp_path / 'letter.db'}")
    code, answer = erc("corpora")
    assert code == 1
    assert "not a SQLite database" in answer["error"]["message"]


# ---- pipes and terminals, in a process of their own


def started(home: Path, *arguments: str, stdout: int = subprocess.PIPE, **more: str) -> subprocess.CompletedProcess:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ERC_", "PYTHON"))}
    environment = {**kept, "ERC_HOME": str(home), **more}
    return subprocess.run([*COMMAND, *arguments], stdout=stdout, stderr=subprocess.PIPE, env=environment, text=True)


@pytest.mark.parametrize(
    ("arguments", "unbuffered"),
    [(["recipes"], ""), (["recipes"], "1"), (["recipes", "--json"], "1")],
)
def test_a_reader_that_has_gone_is_no_error(tmp_path: Path, arguments: list[str], unbuffered: str) -> None:
    done = unread(tmp_path / "home", *arguments, unbuffered=unbuffered)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(("arguments", "code"), [(["describe", "nothing"], 1), (["describe"], 2)])
def test_an_error_stays_one_when_its_reader_has_gone(
    tmp_path: Path, arguments: list[str], code: int, unbuffered: str
) -> None:
    done = unread(tmp_path / "home", *arguments, "--json", unbuffered=unbuffered)
    assert (done.returncode, done.stderr) == (code, "")


def unread(home: Path, *arguments: str, unbuffered: str) -> subprocess.CompletedProcess:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        return started(home, *arguments, stdout=writer, PYTHONUNBUFFERED=unbuffered)
    finally:
        os.close(writer)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("arguments", [["recipes"], ["recipes", "--json"], ["describe", "nothing", "--json"]])
def test_a_full_standard_output_is_one_line(tmp_path: Path, arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = started(tmp_path / "home", *arguments, stdout=full.fileno())
    assert (done.returncode, done.stderr) == (1, "error: standard output: No space left on device\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("arguments", [["recipes"], ["recipes", "--json"], ["describe", "nothing", "--json"]])
def test_a_full_standard_output_without_a_buffer_shows_no_traceback(tmp_path: Path, arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = started(tmp_path / "home", *arguments, stdout=full.fileno(), PYTHONUNBUFFERED="1")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "No space left on device" in done.stderr


@pytest.mark.parametrize("arguments", [["recipes"], ["recipes", "--json"], ["describe", "nothing"]])
def test_a_closed_standard_output_is_one_line(tmp_path: Path, arguments: list[str]) -> None:
    closed = ["sh", "-c", 'exec "$@" >&-', "sh", *COMMAND, *arguments]
    environment = {**os.environ, "ERC_HOME": str(tmp_path / "home")}
    done = subprocess.run(closed, stderr=subprocess.PIPE, env=environment, text=True)
    assert (done.returncode, done.stderr) == (1, "error: standard output is closed\n")


def test_a_terminal_that_is_not_utf_8_shows_what_it_can(tmp_path: Path) -> None:
    done = started(tmp_path / "home", "recipes", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "meld-balanced" in done.stdout
    assert "\\u2013" in done.stdout  # the dash where there is no version yet


def test_what_is_piped_has_no_colours(tmp_path: Path) -> None:
    done = started(tmp_path / "home", "recipes", TERM="xterm-256color", COLORTERM="truecolor")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout + done.stderr
