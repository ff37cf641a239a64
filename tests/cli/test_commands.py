"""Every command once for scripts and once for people, in the order of a dataset's life, in one small workspace."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from erc_engine.cli.main import app, run
from erc_engine.corpora.loading import Loaded
from erc_engine.domain.conversation import Corpus, Origin, Split
from erc_engine.domain.labels import scheme
from erc_engine.settings import Settings
from erc_engine.workflows import demo, experiments
from erc_engine.workflows.datasets import save_corpus
from erc_engine.workflows.workspace import Workspace, open_workspace
from tests.corpora.sources import meld_row, write_meld
from tests.workflows.conftest import add_sitcom

LABELS = scheme("meld").names
BOOKS = ("accepted", "rejected", "failed", "lost", "in_flight")

# What is typed; {folder} and the runs {floor}, {mixed} and {oracle} are known by then.
COMMANDS: Mapping[str, str] = {
    "import": "import meld {folder}/MELD --name talk",
    "corpora": "corpora",
    "describe": "describe talk",
    "audit": "audit talk",
    "audit of two": "audit talk {folder}/MELD",
    "recipes": "recipes",
    "recipes diff": "recipes diff meld-balanced meld-matched",
    "recipes promote": "recipes promote emorynlp-balanced 1",
    "lab": "lab",
    "recipes lint": "recipes lint meld-balanced --like sitcom --model replay:",
    "models": "models",
    "models --check": "models --check",
    "tiny-model": "tiny-model --folder {folder}/{tiny} --epochs 1 --minutes 0.01",
    "models SPEC": "models hf:{folder}/tiny?window=3",
    "generate": "generate --recipe meld-balanced --like sitcom --utterances 60 --name made "
    "--model replay:?faults=all:0.4",
    "resume": "resume made",
    "attributes": "attributes made",
    "runs": "runs",
    "runs show": "runs show made",
    "rerun": "rerun made --name judged-again",
    "duplicates": "duplicates planted --against sitcom:test",
    "duplicates --drop": "duplicates planted --against sitcom:test --drop",
    "restore": "restore planted",
    "imbalance": "imbalance talk",
    "votes import": "votes import talk {folder}/votes.csv",
    "votes export": "votes export talk --to {folder}/out/votes.jsonl",
    "agreement": "agreement talk",
    "disagreement": "disagreement talk",
    "review status": "review status talk",
    "freeze": "freeze small --train talk:train --dev talk:dev --test talk:test",
    "freeze with more": "freeze more --train talk:train --train made --dev talk:dev --test talk:test",
    "versions": "versions",
    "train": "train small --classifier majority --seed 3",
    "train with more": "train more --classifier majority",
    "verify set": "verify made --classifier {floor}",
    "verify sample": "verify sample made --turns 20",
    "verify audit": "verify audit made",
    "verify thresholds": "verify thresholds made",
    "predictions import": "predictions import small {folder}/oracle.csv --model oracle",
    "evaluate": "evaluate {floor}",
    "evaluate on dev": "evaluate {floor} --split dev",
    "compare": "compare {floor} {mixed} {oracle}",
    "leaderboard": "leaderboard",
    "export": "export small --format meld-csv --to {folder}/out",
    "quality": "quality sitcom",
    "release": "release --out {folder}/released --model replay: --utterances 20 --only meld-balanced",
    "jobs": "jobs",
    "worker": "worker --once",
    "demo": "demo",
}
RUNS = {"train": "floor", "train with more": "mixed", "predictions import": "oracle"}


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


def typed(line: str, **known: str) -> Answer:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run([word.format(**known) for word in line.split()])
    return Answer(code, out.getvalue(), err.getvalue())


@dataclass(frozen=True)
class Life:
    scripts: Mapping[str, Answer]
    people: Mapping[str, Answer]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, assets: Path) -> Iterator[Path]:
    """A small MELD, votes and predictions for it, and a workspace with a benchmark and planted copies of its text."""
    folder = tmp_path_factory.mktemp("life")
    (folder / "MELD").mkdir()
    train = [meld_row(0, n, f"Turn {n} of the ferry story.", "Ana", label) for n, label in enumerate(LABELS)]
    train += [meld_row(1, n, f"So the lamp number {n} is out.", "Bo", "neutral") for n in range(3)]
    rest = [meld_row(d, 0, f"Is room {d} empty?", "Ana", "neutral") for d in range(2)]
    rest = [row for d in range(2) for row in (rest[d], meld_row(d, 1, f"Room {d} is ours!", "Bo", "joy"))]
    write_meld(
        folder / "MELD", train=train, dev=rest, test=[{**row, "Utterance": f"Oh! {row['Utterance']}"} for row in rest]
    )
    votes = [("train/0", f"train/0:{n}", who, label) for n, label in enumerate(LABELS) for who in ("ana", "bo")]
    write_csv(folder / "votes.csv", ["dialogue", "utterance", "annotator", "label"], votes)
    gold = [(f"test/{d}", f"test/{d}:{n}", ("neutral", "joy")[n]) for d in range(2) for n in range(2)]
    write_csv(folder / "oracle.csv", ["dialogue", "utterance", "label"], gold)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ERC_HOME", str(folder / "home"))
        patch.delenv("ERC_DATABASE_URL", raising=False)
        patch.setattr(demo, "UTTERANCES", 100)
        floor = SimpleNamespace(train=floor_train, evaluate=experiments.evaluate, compare=experiments.compare)
        patch.setattr(demo, "experiments", floor)
        with open_workspace(Settings.from_environment({"ERC_HOME": str(folder / "home")})) as workspace:
            add_sitcom(workspace, assets)
            plant_copies(workspace)
        yield folder


def floor_train(workspace: Workspace, version: str, classifier: str, seed: int, **more: Any) -> Any:
    """The demo trains the floor in place of tf-idf: what is printed is the same."""
    return experiments.train(workspace, version, "majority", seed, **more)


def write_csv(path: Path, header: list[str], rows: list[tuple[str, ...]]) -> None:
    with path.open("w", newline="") as out:
        csv.writer(out).writerows([header, *rows])


def plant_copies(workspace: Workspace) -> None:
    """`planted`: a dialogue and its copy, and one with a turn of sitcom's test split."""
    sitcom = workspace.store.corpora.get("sitcom")
    first, second = sitcom.split(Split.TRAIN)[:2]
    taken = next(u.text for u in sitcom.split(Split.TEST)[0].utterances if len(u.text.split()) > 7)
    leak = replace(second, id="leak", utterances=(replace(second.utterances[0], text=taken), *second.utterances[1:]))
    dialogues = (replace(first, id="first"), replace(first, id="copy"), leak)
    save_corpus(
        workspace, Loaded(Corpus("planted", "jsonl", sitcom.scheme, dialogues, origin=Origin.GENERATED), (), "")
    )


@pytest.fixture(scope="module")
def life(folder: Path) -> Life:
    known = {"folder": str(folder), "tiny": "tiny", "floor": "", "mixed": "", "oracle": ""}
    scripts: dict[str, Answer] = {}
    for name, line in COMMANDS.items():
        scripts[name] = typed(f"{line} --json", **known)
        if name in RUNS and scripts[name].code == 0:
            known[RUNS[name]] = scripts[name].json["run"]
    known["tiny"] = "another-tiny"
    return Life(scripts, {name: typed(line, **known) for name, line in COMMANDS.items()})


def commands() -> set[str]:
    found = {c.name or c.callback.__name__ for c in app.registered_commands if c.callback}
    for group in app.registered_groups:
        inner = group.typer_instance.registered_commands if group.typer_instance else []
        found |= {f"{group.name} {c.name or c.callback.__name__}" for c in inner if c.callback}
    return found


# ---- in both forms


def test_no_command_is_forgotten_here() -> None:
    serving = {"app"}  # until it is stopped
    live = {"lab run", "lab show"}  # ask a live model: test_lab
    assert commands() - set(COMMANDS) - serving - live == set(), "write an example of it into COMMANDS"


@pytest.mark.parametrize("name", COMMANDS)
def test_with_json_a_command_prints_one_object_on_one_line_and_nothing_else(life: Life, name: str) -> None:
    answer = life.scripts[name]
    assert (answer.code, answer.err) == (0, ""), answer.out
    assert answer.out.endswith("\n")
    assert len(answer.out.splitlines()) == 1
    assert isinstance(answer.json, dict)
    assert "error" not in answer.json
    assert "NaN" not in answer.out
    assert "Infinity" not in answer.out


@pytest.mark.parametrize("name", COMMANDS)
def test_without_json_a_command_prints_text_without_colours(life: Life, name: str) -> None:
    answer = life.people[name]
    assert answer.code == 0, answer.err
    assert answer.out.strip()
    assert "\x1b" not in answer.out + answer.err
    assert "Traceback" not in answer.err
    assert not answer.out.startswith("{")


# ---- what scripts rely on


def test_import_and_describe_count_each_split(life: Life) -> None:
    found = life.scripts["import"].json
    assert {name: (s["dialogues"], s["utterances"]) for name, s in found["splits"].items()} == {
        "train": (2, 10),
        "dev": (2, 4),
        "test": (2, 4),
    }
    assert found["splits"]["train"]["labels"] == dict.fromkeys(LABELS, 1) | {"neutral": 4}
    assert found["imbalance_ratio"] == 4.0
    assert all(set(fault) == {"code", "count", "examples", "done"} for fault in found["faults"])
    assert life.scripts["describe"].json == found
    assert found in life.scripts["corpora"].json["corpora"]


def test_an_audit_has_faults_overlaps_version_and_hash(life: Life) -> None:
    found = life.scripts["audit"].json
    assert found["version"] is None
    assert len(found["hash"]) == 64
    assert all({"code", "count", "examples", "done"} == set(fault) for fault in found["faults"])
    assert all({"left", "right", "unit", "count", "total"} <= set(overlap) for overlap in found["overlaps"])
    both = life.scripts["audit of two"].json
    assert [report["name"] for report in both["reports"]] == ["talk", "MELD"]
    assert both["hash"] == both["reports"][1]["hash"] == found["hash"]


def test_generation_balances_its_books(life: Life) -> None:
    made = life.scripts["generate"].json
    assert (made["run"], made["state"], made["recorded"]) == ("made", "complete", True)
    assert made["submitted"] == sum(made[part] for part in BOOKS)
    assert made["rejected"] + made["failed"] == sum(made["reasons"].values()) > 0
    assert set(made["labels"]) == set(LABELS)
    assert sum(made["labels"].values()) == made["utterances"] >= 60
    assert 0 <= made["distance"] <= 1
    assert life.scripts["resume"].json == made
    assert life.scripts["runs"].json == {"runs": [made]}
    assert life.scripts["runs show"].json == made


def test_evidence_is_told_for_each_label(life: Life) -> None:
    shown = life.scripts["runs show"].json["evidence"]
    assert [row["label"] for row in shown] == list(LABELS)
    assert all(row["interval"][0] <= row["pass_rate"] <= row["interval"][1] for row in shown)
    assert all(not row["given_up"] for row in shown)
    assert "needed: attempts for the rest" in life.people["runs show"].out


def test_a_rerun_over_stored_replies_gives_the_same_set(life: Life) -> None:
    made, again = life.scripts["generate"].json, life.scripts["rerun"].json
    same = ("accepted", "labels", "reasons", "utterances", "distance")
    assert {name: again[name] for name in same} == {name: made[name] for name in same}


def test_duplicates_count_clusters_members_and_contaminated_dialogues(life: Life) -> None:
    looked, dropped = life.scripts["duplicates"].json, life.scripts["duplicates --drop"].json
    assert (looked["clusters"], looked["members"], looked["contaminated"], looked["dropped"]) == (1, 1, 1, [])
    assert looked["against"] == ["sitcom:test"]
    assert looked["evidence"][0]["dialogue"] == "leak"
    assert dropped["dropped"] == ["copy", "leak"]
    assert life.scripts["restore"].json == {"corpus": "planted", "restored": 2}


def test_agreement_gives_each_measure_as_a_value_or_a_reason(life: Life) -> None:
    assert life.scripts["votes import"].json == {
        "corpus": "talk",
        "rows": 14,
        "new": 14,
        "annotators": ["ana", "bo"],
        "skipped": 0,
    }
    assert life.scripts["votes export"].json["rows"] == 14
    agreed = life.scripts["agreement"].json
    assert (agreed["kind"], agreed["annotators"], agreed["utterances"]) == ("human", 2, 7)
    for measure in ("percent", "cohen", "fleiss", "alpha", "ac1"):
        assert agreed[measure]["value"] == pytest.approx(1.0)
        assert {"value", "interval", "n"} <= set(agreed[measure])


def test_freeze_tells_its_sources(life: Life) -> None:
    small, more = life.scripts["freeze"].json, life.scripts["freeze with more"].json
    assert [(s["role"], s["corpus"], s["dialogues"]) for s in small["sources"]] == [
        ("train", "talk", 2),
        ("dev", "talk", 2),
        ("test", "talk", 2),
    ]
    assert [s["origin"] for s in more["sources"]] == ["imported", "recorded", "imported", "imported"]
    assert len(small["hash"]) == 64
    assert [v["name"] for v in life.scripts["versions"].json["versions"]] == ["more", "small"]


def test_training_answers_with_the_run_and_its_scores_on_dev(life: Life) -> None:
    trained = life.scripts["train"].json
    assert (trained["version"], trained["classifier"], trained["seed"], trained["state"]) == (
        "small",
        "majority",
        3,
        "done",
    )
    assert trained["run"].startswith("small-majority-s3-")
    # neutral for all four turns of dev, two of which are: precision 1/2, recall 1
    assert trained["dev"]["weighted_f1"] == pytest.approx(1 / 3)
    assert trained["run"] in [row["run"] for row in life.scripts["leaderboard"].json["runs"]]


def test_evaluation_gives_fractions_of_1_with_intervals_and_looks(life: Life) -> None:
    found = life.scripts["evaluate"].json
    assert (found["n"], found["dialogues"], found["split"], found["test_looks"]) == (4, 2, "test", 1)
    assert found["weighted_f1"] == pytest.approx(1 / 3)
    assert (found["macro_f1"], found["accuracy"]) == (pytest.approx(1 / 3), 0.5)
    assert set(found["intervals"]) == {"weighted_f1", "macro_f1", "accuracy"}
    assert found["intervals"]["accuracy"] == [0.5, 0.5]
    assert set(found["per_class"]) == set(LABELS)
    assert found["per_class"]["joy"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 2}
    assert life.scripts["evaluate on dev"].json["test_looks"] == 0
    assert "looked at 5 times" in life.people["evaluate"].out  # one, three of the comparison, and this one


def test_a_comparison_is_later_minus_earlier_with_its_family(life: Life) -> None:
    found = life.scripts["compare"].json
    first, second, third = found["comparisons"]
    assert {key: found[key] for key in first} == first
    assert set(first) >= {"a", "b", "difference", "interval", "p", "p_holm", "n", "test"}
    assert second["a"].startswith("small-majority")
    assert second["b"] == third["b"] == "small-oracle-snone"
    assert second["difference"] == pytest.approx(2 / 3)
    assert second["interval"] == pytest.approx([2 / 3, 2 / 3])
    assert second["n"] == 4
    assert all(pair["p"] <= pair["p_holm"] <= 1 for pair in found["comparisons"])


def test_an_export_lists_its_files(life: Life, folder: Path) -> None:
    found = life.scripts["export"].json
    assert (found["format"], found["neutralised"]) == ("meld-csv", 0)
    assert [Path(file).name for file in found["files"]] == [
        "train_sent_emo.csv",
        "dev_sent_emo.csv",
        "test_sent_emo.csv",
        "small.corpus.json",
    ]
    assert all(Path(file).is_file() for file in found["files"])


def test_jobs_say_what_was_asked_for_and_how_it_ended(life: Life) -> None:
    found = life.scripts["jobs"].json["jobs"]
    assert [(job["kind"], job["state"]) for job in reversed(found)] == [
        ("generate", "done"),
        ("resume", "done"),
        ("rerun", "done"),
        ("train", "done"),
        ("train", "done"),
        ("verify", "done"),
        ("release", "done"),
    ]
    assert found[-1]["arguments"]["name"] == "made"
    assert life.scripts["worker"].json == {"done": 0}


def test_the_demo_reports_each_of_its_parts(life: Life) -> None:
    found = life.scripts["demo"].json
    assert set(found) == {"corpus", "run", "duplicates", "agreement", "evaluations", "comparison"}
    assert found["run"]["recorded"] is True
    told = life.people["demo"]
    assert "not a benchmark and not a live model" in told.out
    assert "freezing demo-real" in told.err


# ---- refusals


REFUSED = [
    ("describe nothing", "not_found"),
    ("describe --of nothing", "usage"),
    ("import meldd {folder} --name x", "input"),
    ("import meld {folder}/MELD --name x --split late", "input"),
    ("import csv {folder}/votes.csv --name x --map text", "input"),
    ("import meld {folder}/MELD --name talk:train", "input"),
    ("import meld {folder}/MELD --name sitcom", "conflict"),
    ("audit nothing", "not_found"),
    ("export talk --format docx --to {folder}/none", "input"),
    ("export nothing --format jsonl --to {folder}/none", "not_found"),
    ("generate --recipe none --like talk --utterances 5 --model replay: --name x", "not_found"),
    ("generate --recipe meld-balanced --like talk --utterances 0 --model replay: --name x", "input"),
    ("generate --recipe meld-balanced --like talk --utterances 5 --model gpt --name x", "input"),
    ("generate --recipe meld-balanced --like talk --utterances 5 --model replay: --name x --share joy", "input"),
    ("generate --recipe meld-balanced --like talk --utterances 5 --model replay: --name talk", "conflict"),
    ("generate --recipe emorynlp-balanced --like talk --utterances 5 --model replay: --name x", "refused"),
    ("resume nothing", "not_found"),
    ("duplicates talk --drop", "refused"),
    ("duplicates talk --threshold nan", "input"),
    ("duplicates talk --against talk:late", "input"),
    ("restore talk --dialogue 9", "not_found"),
    ("votes import talk {folder}/none.csv", "not_found"),
    ("votes import talk {folder}/votes.csv --kind cat", "input"),
    ("votes export nothing --to {folder}/none", "not_found"),
    ("agreement sitcom", "not_found"),
    ("agreement talk --seed -1", "input"),
    ("freeze x --train talk:test --dev talk:dev --test talk:test", "refused"),
    ("freeze x --train talk:train --dev talk:dev --test talk:test --labels bronze", "input"),
    ("freeze x --train talk:train --train planted --dev talk:dev --test talk:test", "contaminated"),
    ("train nothing", "not_found"),
    ("train small --classifier svm", "input"),
    ("predictions import small {folder}/votes.csv --model m", "input"),
    ("predictions import small {folder}/oracle.csv", "input"),
    ("predictions import small {folder}/oracle.csv --model m --split late", "input"),
    ("evaluate nothing", "not_found"),
    ("evaluate small-oracle-snone --split train", "refused"),
    ("evaluate small-oracle-snone --split dev", "not_found"),
    ("compare small-oracle-snone", "input"),
    ("compare small-oracle-snone nothing", "not_found"),
]


@pytest.mark.parametrize(("line", "code"), REFUSED)
def test_a_refusal_is_an_object_with_code_message_and_hint(life: Life, folder: Path, line: str, code: str) -> None:
    answer = typed(f"{line} --json", folder=str(folder))
    assert answer.code == (2 if code == "usage" else 1)
    assert answer.err == ""
    assert len(answer.out.splitlines()) == 1
    error = answer.json["error"]
    assert (set(error), error["code"]) == ({"code", "message", "hint"}, code)
    assert error["message"]
    assert not (folder / "none").exists()


# ---- small corners of the human form


def test_a_new_workspace_says_how_to_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERC_HOME", str(tmp_path / "new"))
    for command in ("corpora", "runs", "versions", "leaderboard", "jobs"):
        answer = typed(command)
        assert (answer.code, answer.out.count("\n")) == (0, 1)
        assert answer.out.startswith("No ")


def test_a_dev_split_of_one_dialogue_is_told_without_an_interval(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERC_HOME", str(tmp_path / "new"))
    rows = [meld_row(0, 0, "Is it six?", "Ana", "neutral"), meld_row(0, 1, "Half past!", "Bo", "joy")]
    write_meld(tmp_path, train=rows, dev=rows[:1], test=rows[:1])
    assert typed("import meld {folder} --name one", folder=str(tmp_path)).code == 0
    assert typed("freeze v --train one:train --dev one:dev --test one:test").code == 0
    answer = typed("train v --classifier majority")
    assert answer.code == 0, answer.err
    assert "n = 1 in 1 dialogues" in answer.out
    assert "[" not in answer.out
