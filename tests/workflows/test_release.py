"""A release: every file read back, hostile text, kills, benchmarks that are not here, and what is refused."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyarrow import parquet

from erc_engine.corpora.loading import Loaded, load
from erc_engine.domain.conversation import Corpus, Origin, Split
from erc_engine.domain.generation_runs import RunState
from erc_engine.domain.labels import SCHEMES
from erc_engine.domain.release import ReleasedSet
from erc_engine.errors import ConflictError, InputError, NotFoundError, RefusedError
from erc_engine.generation.prompts import prompt_hash, render
from erc_engine.settings import Settings
from erc_engine.workflows import generation, release_set
from erc_engine.workflows.datasets import save_corpus
from erc_engine.workflows.recipes import find_recipe
from erc_engine.workflows.release import SETS, release
from erc_engine.workflows.release_card import card_text
from erc_engine.workflows.workspace import Workspace, open_workspace
from tests.builders import corpus, dialogue
from tests.llm.fake_server import FakeServer, streamed
from tests.workflows.conftest import add_sitcom

SMALL = {"model": "replay:", "utterances": 20}
FILES = {
    "README.md", "set.json", "recipe.yaml", "ledger.jsonl", "raw.jsonl", "quality.html", "quality.json",
    "stereotypes.json", "data/train-00000-of-00001.parquet",
}  # fmt: skip


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("ascii").splitlines()]


def facts(folder: Path) -> ReleasedSet:
    return ReleasedSet.from_json(json.loads((folder / "set.json").read_text("ascii")))


def header(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8").split("---\n")[1])
    return found


def files_in(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


# ---- what a set's folder holds


def test_every_file_of_a_set_agrees_with_the_run(workspace: Workspace, tmp_path: Path) -> None:
    found = release(workspace, tmp_path / "out", **SMALL, only=["meld-balanced"])
    (made,) = found.sets
    folder = tmp_path / "out" / "meld-balanced"
    assert files_in(folder) == FILES | {"meld-balanced.jsonl", "meld-balanced.corpus.json"}
    kept = workspace.store.corpora.get(made.run)

    read = load("jsonl", folder / "meld-balanced.jsonl", made.run).corpus
    assert read.dialogues == kept.dialogues
    assert (read.scheme.names, read.licence, read.origin) == (kept.scheme.names, kept.licence, Origin.RECORDED)

    table = parquet.read_table(folder / "data/train-00000-of-00001.parquet").to_pylist()
    assert [(r["utterance"], r["speaker"], r["text"], r["label"]) for r in table] == [
        (u.id, u.speaker, u.text, u.label) for d in kept.dialogues for u in d.utterances
    ]

    attempts = list(workspace.store.runs.attempts(made.run))
    ledger = lines(folder / "ledger.jsonl")
    assert [row["id"] for row in ledger if row["kind"] == "plan"] == [
        plan.id for plan in workspace.store.ledger.plans(made.run)
    ]
    assert [
        (row["plan"], row["number"], row["state"], row["seed"], row["prompt_hash"])
        for row in ledger
        if row["kind"] == "attempt"
    ] == [(a.plan, a.number, str(a.state), a.seed, a.prompt_hash) for a in attempts]
    assert [(row["text"], row["sha256"]) for row in lines(folder / "raw.jsonl")] == [
        (a.raw, hashlib.sha256(a.raw.encode()).hexdigest()) for a in attempts
    ]

    recipe = find_recipe(workspace, "meld-balanced")
    assert (folder / "recipe.yaml").read_text("utf-8") == recipe.text
    assert made.recipe_hash == recipe.hash
    assert facts(folder) == made
    assert made.settings["max_attempts_per_plan"] == 4
    assert made.labels == dict(kept.distribution().counts)
    assert made.dialogues == len(kept.dialogues)
    assert made.state == RunState.COMPLETE
    assert made.complete
    assert json.loads((folder / "quality.json").read_text("ascii"))["set"]["hash"] == made.hash
    assert (folder / "quality.html").read_text("utf-8").startswith("<!doctype html>")


def test_the_header_says_what_the_hub_needs(workspace: Workspace, tmp_path: Path) -> None:
    release(workspace, tmp_path / "out", **SMALL, only=["meld-balanced"])
    found = header(tmp_path / "out" / "meld-balanced" / "README.md")
    path = "data/train-00000-of-00001.parquet"
    assert found["configs"] == [{"config_name": "default", "data_files": [{"split": "train", "path": path}]}]
    assert (found["license"], found["language"], found["size_categories"]) == ("apache-2.0", ["en"], ["n<1K"])
    assert found["task_categories"] == ["text-classification"]
    assert "recorded" in found["tags"]
    index = header(tmp_path / "out" / "README.md")
    assert index["configs"][0]["config_name"] == "meld-balanced"
    assert (tmp_path / "out" / index["configs"][0]["data_files"][0]["path"]).is_file()


def test_prompts_stand_in_the_ledger_as_hashes_alone(workspace: Workspace, tmp_path: Path) -> None:
    (made,) = release(workspace, tmp_path / "out", **SMALL, only=["meld-balanced"]).sets
    folder = tmp_path / "out" / "meld-balanced"
    recipe = find_recipe(workspace, "meld-balanced")
    plan = next(iter(workspace.store.ledger.plans(made.run)))
    messages = render(recipe, plan)
    ledger = (folder / "ledger.jsonl").read_text("ascii")
    assert prompt_hash(messages) in ledger
    assert not any(json.dumps(m.content)[1:-1] in (folder / f).read_text() for m in messages for f in FILES - {
        "data/train-00000-of-00001.parquet"
    })  # fmt: skip


def test_stereotypes_are_counted_from_the_released_turns(workspace: Workspace, tmp_path: Path) -> None:
    (made,) = release(workspace, tmp_path / "out", **SMALL, only=["meld-balanced"]).sets
    found = json.loads((tmp_path / "out" / "meld-balanced" / "stereotypes.json").read_text("ascii"))
    kept = workspace.store.corpora.get(made.run)
    turns = Counter(u.speaker for d in kept.dialogues for u in d.utterances)
    assert {row["name"]: row["turns"] for row in found["names"]["rows"]} == dict(turns)
    assert found["traits"]["deals"] == 2000


# ---- benchmarks that are here, and that are not


def test_iemocap_without_its_corpus_takes_the_published_counts(workspace: Workspace, tmp_path: Path) -> None:
    (made,) = release(workspace, tmp_path / "out", **SMALL, only=["iemocap-matched"]).sets
    assert (made.like, made.like_hash, made.transitions) == ("published:iemocap", "", False)
    assert made.target["frustrated"] == pytest.approx(1296 / 5163)
    assert made.checked == ()
    card = (tmp_path / "out" / "iemocap-matched" / "README.md").read_text("utf-8")
    assert "transitions between emotions not available" in card
    assert "contamination not checked" in card
    assert "**Not checked against IEMOCAP**" in card
    assert "not available because iemocap is not in this workspace" in card


def test_an_imported_benchmark_gives_target_gate_and_comparison(sitcom: Workspace, tmp_path: Path) -> None:
    (made,) = release(sitcom, tmp_path / "out", **SMALL, only=["meld-balanced"], against={"meld": "sitcom"}).sets
    assert (made.like, made.like_hash) == ("sitcom", sitcom.store.corpora.stored("sitcom").hash)
    assert made.checked == ("sitcom:dev", "sitcom:test")
    assert made.own_text_checked
    assert made.transitions
    assert made.quality_against == "sitcom:train"
    assert made.quality[0].value
    card = (tmp_path / "out" / "meld-balanced" / "README.md").read_text("utf-8")
    assert "Held against sitcom:dev, sitcom:test" in card
    assert "not checked" not in card.casefold()


def test_text_of_a_benchmark_is_neither_in_the_set_nor_in_the_raw_replies(
    workspace: Workspace, assets: Path, tmp_path: Path
) -> None:
    add_sitcom(workspace, assets, "meld")
    model = "replay:?faults=contaminated:0.5"
    (made,) = release(workspace, tmp_path / "out", model=model, utterances=60, only=["meld-balanced"]).sets
    assert made.like == "meld"
    assert made.withheld > 0
    tests = {
        u.text
        for d in workspace.store.corpora.get("meld", splits=(Split.DEV, Split.TEST)).dialogues
        for u in d.utterances
        if len(u.text.split()) >= 8
    }
    folder = tmp_path / "out" / "meld-balanced"
    raw = lines(folder / "raw.jsonl")
    assert sum(row["text"] is None for row in raw) == made.withheld
    everything = "\n".join(
        [*(str(row["text"]) for row in raw), *((folder / f).read_text("utf-8") for f in ("README.md", "quality.html"))]
    )
    assert [text for text in tests if text in everything] == []
    assert f"{made.withheld} replies carried such text" in (folder / "README.md").read_text("utf-8")


def test_a_corpus_that_cannot_stand_for_a_benchmark_is_refused(sitcom: Workspace, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="cannot stand for iemocap"):
        release(sitcom, tmp_path / "out", **SMALL, against={"iemocap": "sitcom"})
    with pytest.raises(NotFoundError, match="no corpus 'nowhere'"):
        release(sitcom, tmp_path / "out", **SMALL, against={"meld": "nowhere"})
    with pytest.raises(InputError, match="no set for 'friends'"):
        release(sitcom, tmp_path / "out", **SMALL, against={"friends": "sitcom"})
    with pytest.raises(InputError, match="no set 'meld'"):
        release(sitcom, tmp_path / "out", **SMALL, only=["meld"])
    assert not (tmp_path / "out").exists()


def test_a_corpus_of_the_benchmarks_name_without_train_gives_way_to_published_counts(
    workspace: Workspace, tmp_path: Path
) -> None:
    only_test = dialogue("Ana: Where is the ferry? [joy]", "Bo: Gone. [sadness]", split=Split.TEST)
    save_corpus(workspace, Loaded(corpus(only_test, name="meld"), (), "typed"))
    (made,) = release(workspace, tmp_path / "out", **SMALL, only=["meld-balanced"]).sets
    assert made.like == "published:meld"
    assert made.checked == ("meld:test",)


# ---- short sets, and the index


def test_more_than_the_recordings_hold_is_released_short_and_says_so(workspace: Workspace, tmp_path: Path) -> None:
    found = release(workspace, tmp_path / "out", model="replay:", utterances=900, only=["iemocap-matched"])
    (made,) = found.sets
    assert (made.utterances, made.short, made.state) == (852, 48, RunState.INFEASIBLE)
    assert not found.complete
    card = (tmp_path / "out" / "iemocap-matched" / "README.md").read_text("utf-8")
    assert "**Short of its plan**: 900 utterances were asked for, 852 are here, 48 are missing." in card
    index = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "short by 48" in index
    assert "48 of 900 utterances are missing" in index


def test_the_index_agrees_with_the_folders(workspace: Workspace, tmp_path: Path) -> None:
    found = release(workspace, tmp_path / "out", **SMALL)
    index = json.loads((tmp_path / "out" / "index.json").read_text("ascii"))
    assert [row["name"] for row in index["sets"]] == list(SETS)
    for row in index["sets"]:
        made = facts(tmp_path / "out" / row["name"])
        assert ReleasedSet.from_json(row) == made
        read = load("jsonl", tmp_path / "out" / row["name"] / f"{row['name']}.jsonl", "read").corpus
        assert sum(map(len, read.dialogues)) == row["utterances"] >= 20
        counts = Counter(u.label for d in read.dialogues for u in d.utterances)
        assert {label: n for label, n in row["labels"].items() if n} == dict(counts)
        away = sum(abs(counts[label] / row["utterances"] - p) for label, p in row["target"].items()) / 2
        assert row["distance"] == pytest.approx(away)
        assert set(row["labels"]) == set(SCHEMES[row["benchmark"]].names)
    readme = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert all(f"[{made.name}]({made.name}/README.md)" in readme for made in found.sets)


def test_what_a_later_benchmark_makes_contaminated_is_dropped_and_told(workspace: Workspace, tmp_path: Path) -> None:
    """The run was clean when it was made; a benchmark that has one of its turns came afterwards."""
    (clean,) = release(workspace, tmp_path / "before", **SMALL, only=["meld-balanced"]).sets
    first = workspace.store.corpora.get(clean.run).dialogues[0]
    longest = max((u.text for u in first.utterances), key=len)
    shared = dialogue(f"Ana: {longest} [joyful]", "Bo: Gone. [sad]", split=Split.TEST)
    save_corpus(workspace, Loaded(corpus(shared, name="other", label_scheme=SCHEMES["emorynlp"]), (), "typed"))
    (made,) = release(workspace, tmp_path / "after", **SMALL, only=["meld-balanced"]).sets
    assert made.run == clean.run
    assert made.dropped == {"contaminated": 1}
    assert made.dialogues == clean.dialogues - 1
    read = load("jsonl", tmp_path / "after" / "meld-balanced" / "meld-balanced.jsonl", "read").corpus
    assert first.id not in {d.id for d in read.dialogues}
    raw = lines(tmp_path / "after" / "meld-balanced" / "raw.jsonl")
    assert [row["text"] for row in raw if longest in (row["text"] or "")] == []
    assert sum(row["text"] is None for row in raw) == made.withheld == 1
    assert "| contaminated | 1 |" in (tmp_path / "after" / "meld-balanced" / "README.md").read_text("utf-8")
    assert "1 accepted dialogue was dropped as contaminated" in (tmp_path / "after" / "README.md").read_text("utf-8")


# ---- going on, and what is refused


def test_the_same_command_again_changes_no_set(workspace: Workspace, tmp_path: Path) -> None:
    first = release(workspace, tmp_path / "out", **SMALL, only=["meld-balanced"])
    before = {f: (tmp_path / "out" / f).stat().st_mtime_ns for f in files_in(tmp_path / "out") if "/" in f}
    again = release(workspace, tmp_path / "out", **SMALL, only=["meld-balanced"])
    assert again == first
    assert {f: (tmp_path / "out" / f).stat().st_mtime_ns for f in before} == before


def test_more_sets_are_added_to_a_release(workspace: Workspace, tmp_path: Path) -> None:
    release(workspace, tmp_path / "out", **SMALL, only=["meld-balanced"])
    found = release(workspace, tmp_path / "out", **SMALL, only=["iemocap-balanced"])
    assert [made.name for made in found.sets] == ["meld-balanced", "iemocap-balanced"]


def test_the_run_of_a_set_is_used_again_in_another_folder(workspace: Workspace, tmp_path: Path) -> None:
    (one,) = release(workspace, tmp_path / "one", **SMALL, only=["meld-balanced"]).sets
    (two,) = release(workspace, tmp_path / "two", **SMALL, only=["meld-balanced"]).sets
    assert one == two
    assert [stored.name for stored in workspace.store.runs.list()] == [one.run]
    data = "meld-balanced/data/train-00000-of-00001.parquet"
    assert (tmp_path / "one" / data).read_bytes() == (tmp_path / "two" / data).read_bytes()


def test_a_folder_with_something_else_in_it_is_refused_and_left_alone(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "paper"
    folder.mkdir()
    (folder / "thesis.tex").write_text("mine")
    with pytest.raises(ConflictError, match=r"holds other files \(thesis\.tex"):
        release(workspace, folder, **SMALL)
    assert [(p.name, p.read_text()) for p in folder.iterdir()] == [("thesis.tex", "mine")]


def test_other_settings_are_refused_with_what_changed(workspace: Workspace, tmp_path: Path) -> None:
    release(workspace, tmp_path / "out", **SMALL, only=["meld-balanced"])
    with pytest.raises(ConflictError, match="utterances: 20 → 30; seed: 1 → 2"):
        release(workspace, tmp_path / "out", model="replay:", utterances=30, seed=2)


def test_another_recipe_for_a_set_keeps_the_sets_label_shares(
    workspace: Workspace, assets: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        (assets / "recipes" / "meld-matched.yaml").read_text().replace("recipe: meld-matched", "recipe: mine")
    )
    asked = {**SMALL, "only": ["meld-balanced"], "recipes": {"meld-balanced": str(mine)}}
    release(workspace, tmp_path / "out", **asked)
    made = facts(tmp_path / "out" / "meld-balanced")
    assert (made.name, made.recipe) == ("meld-balanced", "mine")
    assert len(set(made.target.values())) == 1
    assert workspace.store.runs.get(made.run).settings.target == "balanced"
    with pytest.raises(ConflictError, match=r"recipes: .* → None"):
        release(workspace, tmp_path / "out", **{**asked, "recipes": {}})
    with pytest.raises(InputError, match="no set 'meld-odd'"):
        release(workspace, tmp_path / "other", **{**asked, "recipes": {"meld-odd": str(mine)}})


def test_a_mistyped_model_does_not_spoil_the_folder(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        release(workspace, tmp_path / "out", model="replay:?typo", utterances=20, only=["meld-balanced"])
    assert release(workspace, tmp_path / "out", **SMALL, only=["meld-balanced"]).complete


def test_a_benchmark_imported_since_is_not_mixed_in_silently(
    workspace: Workspace, assets: Path, tmp_path: Path
) -> None:
    release(workspace, tmp_path / "out", **SMALL, only=["meld-balanced"])
    add_sitcom(workspace, assets, "meld")
    with pytest.raises(ConflictError, match="released after published:meld, now it would be after meld"):
        release(workspace, tmp_path / "out", **SMALL)


def test_a_kill_between_two_sets_loses_nothing_and_leaves_nothing_half_made(
    workspace: Workspace, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    environment = {**os.environ, "ERC_HOME": str(workspace.home), "PYTHONPATH": str(Path(__file__).parents[2])}
    script = Path(__file__).with_name("killed_release.py")
    died = subprocess.run([sys.executable, script, str(out)], env=environment, capture_output=True, timeout=120)
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    assert (out / "meld-balanced" / "set.json").is_file()
    assert not (out / "meld-matched").exists()
    assert json.loads((out / "index.json").read_text("ascii"))["sets"][0]["name"] == "meld-balanced"
    before = (out / "meld-balanced" / "set.json").stat().st_mtime_ns

    found = release(workspace, out, **SMALL, only=["meld-balanced", "meld-matched"])
    assert [made.name for made in found.sets] == ["meld-balanced", "meld-matched"]
    assert (out / "meld-balanced" / "set.json").stat().st_mtime_ns == before
    assert sorted(p.name for p in out.iterdir()) == [
        "README.md", "index.json", "meld-balanced", "meld-matched", "release.json",
    ]  # fmt: skip
    for made in found.sets:
        assert workspace.store.runs.books(made.run).balanced
        kept = [d.id for d in workspace.store.corpora.get(made.run).dialogues]
        assert len(kept) == len(set(kept)) == made.dialogues


def test_a_stopped_run_is_no_set_and_the_same_command_goes_on(workspace: Workspace, tmp_path: Path) -> None:
    told: list[str] = []
    found = release(workspace, tmp_path / "out", **SMALL, progress=told.append, stop=lambda: RunState.PAUSED)
    assert found.sets == ()
    assert list(found.missing) == ["meld-balanced"]
    assert not found.complete
    assert "No set is here yet." in (tmp_path / "out" / "README.md").read_text("utf-8")
    assert release(workspace, tmp_path / "out", **SMALL, only=["meld-balanced"]).complete


# ---- text of a live model


def writes_to_the_budget(handler: BaseHTTPRequestHandler, fake: FakeServer) -> None:
    """Sentences of words that no other reply has, to the budget that the prompt of a bundled recipe asks for."""
    prompt = fake.seen[-1].body["messages"][-1]["content"]
    budget = re.search(r"makes sense: (.*)\.\n", prompt)
    speakers = re.search(r"Speakers: (.*?)\. Everybody", prompt)
    assert budget
    assert speakers
    names = [part.split(" (")[0] for part in speakers[1].split(", ")]
    labels = [name for part in budget[1].split(", ") for name in [part.split()[0]] * int(part.split()[1])]
    number = len(fake.seen)
    rows = [
        f"{n + 1}. {names[n % len(names)]} [{label}]: Crate{number}x{n} left shed{number * 7 + n} at dusk{n}."
        for n, label in enumerate(labels)
    ]
    streamed("\n".join(rows))(handler, fake)


def test_a_live_model_writes_a_set_for_a_benchmark_that_is_not_here(workspace: Workspace, tmp_path: Path) -> None:
    with FakeServer() as server:
        server.will(writes_to_the_budget)
        (workspace.home / "config.toml").write_text(f'[endpoints.lab]\nurl = "{server.url}"\nlocal = true\n')
        with open_workspace(Settings.from_environment({"ERC_HOME": str(workspace.home)})) as with_lab:
            found = release(
                with_lab, tmp_path / "out", model="openai:lab#tiny", utterances=60, only=["iemocap-matched"]
            )
    (made,) = found.sets
    assert (made.state, made.recorded, made.licence) == (RunState.COMPLETE, False, "model output")
    assert made.utterances >= 60
    assert made.distance < 0.06
    read = load("jsonl", tmp_path / "out" / "iemocap-matched" / "iemocap-matched.jsonl", "read").corpus
    assert read.origin is Origin.GENERATED
    assert {len(d.speakers) for d in read.dialogues} == {2}
    assert {len(d) for d in read.dialogues} <= set(range(6, 15))


def test_a_live_models_set_is_not_called_recorded_and_carries_its_fingerprint(
    workspace: Workspace, tmp_path: Path
) -> None:
    (recorded,) = release(workspace, tmp_path / "out", **SMALL, only=["meld-balanced"]).sets
    report, recipe = generation.report(workspace, recorded.run), find_recipe(workspace, "meld-balanced")
    live = replace(
        recorded,
        recorded=False,
        model="hf:small-model",
        model_details={"weights": "0a1b2c", "chat_template": "3d4e5f"},
        licence="model output",
        licence_note="written by hf:small-model",
    )
    card = card_text(live, report, recipe, (), {})
    said = yaml.safe_load(card.split("---\n")[1])
    assert (said["license"], said["license_name"]) == ("other", "model-output")
    assert "recorded" not in card.casefold()
    assert "temperature 0.9" in card
    assert "| model: weights | 0a1b2c |" in card
    assert "| model: chat\\_template | 3d4e5f |" in card
    assert "licence of the model above" in card


# ---- hostile text

EVIL = '<img src=x onerror="alert(1)"> | [click](https://evil.example) *bold* `code`'


@pytest.fixture
def hostile(assets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Recordings whose texts and traits try to be markup."""
    recordings = tmp_path / "assets" / "recordings"
    recordings.mkdir(parents=True)
    out = []
    for line in (assets / "recordings" / "meld-balanced.jsonl").read_text("utf-8").splitlines()[:30]:
        data = json.loads(line)
        for speaker in data["request"]["speakers"]:
            speaker["trait"] = EVIL
        data["turns"][0]["text"] = f"{EVIL} {data['id']}"
        out.append(json.dumps(data))
    (recordings / "meld-balanced.jsonl").write_text("\n".join(out))
    folder: Callable[[], Path] = lambda: tmp_path / "assets"  # noqa: E731
    monkeypatch.setattr(generation, "assets_folder", folder)
    monkeypatch.setattr(release_set, "assets_folder", folder)
    return tmp_path / "assets"


@pytest.mark.usefixtures("hostile")
def test_hostile_text_is_exact_in_the_data_and_no_markup_on_any_card(workspace: Workspace, tmp_path: Path) -> None:
    (made,) = release(workspace, tmp_path / "out", model="replay:", utterances=60, only=["meld-balanced"]).sets
    folder = tmp_path / "out" / "meld-balanced"
    read: Corpus = load("jsonl", folder / "meld-balanced.jsonl", "read").corpus
    assert all(d.utterances[0].text.startswith(EVIL) for d in read.dialogues)
    rows = parquet.read_table(folder / "data/train-00000-of-00001.parquet").to_pylist()
    assert sum(row["text"].startswith(EVIL) for row in rows) == made.dialogues
    for card in (folder / "README.md", tmp_path / "out" / "README.md", folder / "quality.html"):
        text = card.read_text("utf-8")
        assert "<img" not in text
        assert "[click](https://" not in text


def test_a_card_with_a_hostile_name_stays_one_table(workspace: Workspace) -> None:
    from erc_engine.curation.stereotypes import Speaking, associations
    from erc_engine.workflows.release_stereotypes import associations_text

    given = [Speaking(name, "", ("joy",) * 12) for name in (EVIL, "Ana")]
    text = "\n".join(associations_text(associations("name", given, replace(SCHEMES["meld"]))))
    row = next(line for line in text.splitlines() if line.startswith("| &lt;img"))
    columns = 2 + len(SCHEMES["meld"].names) + 1
    assert row.replace(r"\|", "").count("|") == columns + 1
    assert "<img" not in text


def test_enough_utterances_in_other_shares_are_no_plan_met(workspace: Workspace, assets: Path, tmp_path: Path) -> None:
    free = tmp_path / "free.yaml"
    text = (assets / "recipes" / "meld-matched.yaml").read_text().replace("recipe: meld-matched", "recipe: free")
    free.write_text(re.sub("label_mode: .*", "label_mode: free", text))
    asked = {**SMALL, "utterances": 200, "only": ["meld-balanced"], "recipes": {"meld-balanced": str(free)}}
    found = release(workspace, tmp_path / "out", **asked)
    [made] = found.sets
    assert (made.state, made.short) == ("complete", 0)
    assert made.distance > 0.1
    assert not found.complete
    card = (tmp_path / "out" / "meld-balanced" / "README.md").read_text()
    assert (
        "**The plan was not met**: enough utterances, but not in the wanted shares. The recipe leaves the labels"
        in card
    )


@pytest.mark.parametrize(
    ("spec", "told"),
    [("hf:/home/me/models/qwen", "hf:qwen"), ("hf:owner/name", "hf:owner/name"), ("openai:lab#m", "openai:lab#m")],
)
def test_a_card_tells_no_folder_of_this_machine(spec: str, told: str) -> None:
    assert release_set.without_folders(spec) == told
