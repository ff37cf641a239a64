"""Every command in README and docs runs, in the order it is read, in one fresh workspace.

Blocks marked ```console are run: a line `$ erc …` is a command, `# ends with 1` at its end says a failure is
meant. `path/to/MELD` and `path/to/EmoryNLP` are folders in those benchmarks' formats made of our recordings, so
that the documentation is tested wherever the project is.
"""

from __future__ import annotations

import csv
import json
import re
import shlex
from pathlib import Path

import pytest

from erc_engine.cli.main import run

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```console\n(.*?)^```", re.M | re.S)
LINK = re.compile(r"\[[^\]]+\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")
EXPECTED = re.compile(r"\s+# ends with (\d+)$")


def commands(page: Path) -> list[tuple[str, int]]:
    found = []
    for block in BLOCK.findall(page.read_text("utf-8")):
        joined = block.replace("\\\n", " ")
        for line in joined.splitlines():
            if line.startswith("$ "):
                expected = EXPECTED.search(line)
                found.append((EXPECTED.sub("", line[2:]), int(expected[1]) if expected else 0))
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to type commands in: stand-ins for the benchmarks, and the files that the docs mention."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ERC_HOME", str(tmp_path / "workspace"))
    monkeypatch.delenv("ERC_DATABASE_URL", raising=False)
    write_meld(tmp_path / "path" / "to" / "MELD")
    write_emorynlp(tmp_path / "path" / "to" / "EmoryNLP")
    write_predictions(tmp_path / "predictions.csv")
    (tmp_path / "assets").symlink_to(ROOT / "assets")
    lines = ["Scene,Who,Line,Feeling", "1,Ana,Where were you?,anger", "1,Bo,At the harbour.,neutral", "2,Cy,Cake!,joy"]
    (tmp_path / "lines.csv").write_text("\n".join(lines))
    return tmp_path


def write_predictions(path: Path) -> None:
    """Neutral for each test utterance of the stand-in for MELD, with the ids that import gives them."""
    rows = [
        f"test/{number},test/{number}:{turn},neutral"
        for number, d in enumerate(recorded("meld-matched")[90:])
        for turn in range(len(d["turns"]))
    ]
    path.write_text("\n".join(["dialogue,utterance,label", *rows]))


def recorded(name: str) -> list[dict]:
    lines = (ROOT / "assets" / "recordings" / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def write_meld(folder: Path) -> None:
    folder.mkdir(parents=True)
    dialogues = recorded("meld-matched")
    columns = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime"
    for split, part in {"train": dialogues[:70], "dev": dialogues[70:90], "test": dialogues[90:]}.items():
        with (folder / f"{split}_sent_emo.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(columns.split(","))
            for number, d in enumerate(part):
                for turn, u in enumerate(d["turns"]):
                    at = [f"00:{number % 60:02}:{2 * turn + i:02},000" for i in (0, 1)]
                    row = [1, u["text"], u["speaker"], u["emotion"], "neutral", number, turn, 1, number // 5 + 1, *at]
                    writer.writerow(row)


def write_emorynlp(folder: Path) -> None:
    folder.mkdir(parents=True)
    dialogues = recorded("emorynlp-matched")
    for split, part in {"train": dialogues[:60], "dev": dialogues[60:80], "test": dialogues[80:]}.items():
        turns = [
            [{"text": u["text"], "speaker": u["speaker"], "label": u["emotion"].capitalize()} for u in d["turns"]]
            for d in part
        ]
        (folder / f"{split}_data.json").write_text(json.dumps(turns), "utf-8")


def test_every_command_in_the_documentation_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran = 0
    for page in PAGES:
        for line, expected in commands(page):
            words = shlex.split(line)
            if words[0] != "erc":
                continue
            capsys.readouterr()
            code = run(words[1:])
            printed = capsys.readouterr()
            assert code == expected, f"{page.name}: $ {line}\n{printed.out}\n{printed.err}"
            ran += 1
    assert ran > 20


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    broken = [target for target in LINK.findall(page.read_text("utf-8")) if not (page.parent / target).exists()]
    assert broken == []


def test_every_command_is_documented() -> None:
    from erc_engine.cli.main import app

    names = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    names |= {group.name for group in app.registered_groups}
    text = "\n".join(page.read_text("utf-8") for page in PAGES)
    assert {name for name in names if f"erc {name}" not in text} == set()
