"""Runs through the workflow: every refusal for real, a live model over HTTP, and all the ways a run stops and goes on.

The live model is a server on this machine: it reads the label plan from its prompt, writes invented sentences to it,
and misbehaves where a test says so.
"""

from __future__ import annotations

import re
import shutil
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from http.server import BaseHTTPRequestHandler
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from erc_engine.domain.conversation import Origin
from erc_engine.domain.generation import FailReason, RejectReason
from erc_engine.domain.generation_runs import Attempt, AttemptState, RunReport, RunState
from erc_engine.errors import ConflictError, ErcError, InputError, NotFoundError, RefusedError, UnavailableError
from erc_engine.llm.circuit_breaker import CircuitBreaker
from erc_engine.llm.faults import COPY_FAULTS, FAIL_FAULTS, REJECT_FAULTS
from erc_engine.llm.replay import ReplayModel
from erc_engine.llm.retries import Retries
from erc_engine.settings import Settings
from erc_engine.store.runs import Runs
from erc_engine.workflows.datasets import describe, import_corpus
from erc_engine.workflows.generation import generate, report, resume, runs
from erc_engine.workflows.workspace import Workspace, open_workspace
from tests.llm.fake_server import Behaviour, FakeServer, Seen, hangs_up, raw, stalls_after, status, streamed
from tests.workflows.conftest import add_sitcom

KEY = "sk-for-the-lab-alone"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, assets: Path) -> Path:
    """A workspace with the corpus `sitcom` in it, copied for every test."""
    home = tmp_path_factory.mktemp("prepared") / "home"
    with opened(home) as workspace:
        add_sitcom(workspace, assets)
    return home


@pytest.fixture
def home(prepared: Path, tmp_path: Path) -> Path:
    shutil.copytree(prepared, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def sitcom(home: Path) -> Iterator[Workspace]:
    with opened(home) as workspace:
        yield workspace


@contextmanager
def opened(home: Path) -> Iterator[Workspace]:
    with open_workspace(Settings.from_environment({"ERC_HOME": str(home)})) as workspace:
        yield workspace


def made(workspace: Workspace, **changes: Any) -> RunReport:
    """A small replayed run called `made`."""
    arguments = {
        "recipe": "meld-balanced",
        "like": "sitcom",
        "utterances": 60,
        "model": "replay:",
        "seed": 1,
        "name": "made",
    }
    return generate(workspace, **(arguments | changes))


def ledger(workspace: Workspace, state: AttemptState | None = None) -> list[Attempt]:
    return [a for a in workspace.store.runs.attempts("made") if state in (None, a.state)]


def accepted(workspace: Workspace) -> list[Attempt]:
    """What a run accepted, without timing and without how often the attempt was lost before."""
    found = [replace(a, seconds=0.0, number=0, surplus=False) for a in ledger(workspace, AttemptState.ACCEPTED)]
    return sorted(found, key=lambda a: a.plan)


def untouched(workspace: Workspace) -> bool:
    """Whether nothing of a run was stored."""
    store = workspace.store
    return (store.runs.list(), store.corpora.names(), store.recipes.names()) == ((), ("sitcom",), ())


# --- every refusal, for real -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", REJECT_FAULTS)
def test_a_refused_reply_keeps_its_reason_its_detail_and_its_text(sitcom: Workspace, kind: str) -> None:
    found = made(sitcom, model=f"replay:?faults={kind}:1.0", max_attempts=6)
    refused = ledger(sitcom, AttemptState.REJECTED)
    first = int(kind == "near_duplicate")  # of what? the first of them is new
    assert (found.state, found.books.submitted, found.books.accepted) == (RunState.INFEASIBLE, 6, first)
    assert found.reasons == {kind: 6 - first}
    assert [(a.reason, a.injected) for a in refused] == [(kind, kind)] * (6 - first)
    assert all(a.detail or kind == "empty_reply" for a in refused)
    assert all(bool(a.raw.strip()) == (kind != "empty_reply") for a in refused)
    assert all(a.dialogue is None for a in refused)


@pytest.mark.parametrize("kind", FAIL_FAULTS)
def test_a_failed_request_keeps_its_reason_and_ten_in_a_row_pause_the_run(sitcom: Workspace, kind: str) -> None:
    found = made(sitcom, model=f"replay:?faults={kind}:1.0")
    assert (found.state, found.books.submitted, found.reasons) == (RunState.PAUSED, 10, {kind: 10})
    assert found.message.startswith(f"10 attempts in a row failed, the last with {kind}")
    said = f"injected fault: {kind.replace('_', ' ')}"
    assert {(a.reason, a.injected, a.detail, a.raw) for a in ledger(sitcom)} == {(kind, kind, said, "")}


def test_the_faults_cover_every_reason_but_one_that_only_a_server_can_give() -> None:
    assert set(REJECT_FAULTS) == set(RejectReason) - {RejectReason.UNVERIFIED}
    assert set(FailReason) - set(FAIL_FAULTS) == {FailReason.REFUSED_REQUEST}  # seen below, over HTTP


@pytest.mark.parametrize("window", [1, 8])
def test_at_half_faults_every_injected_one_is_refused_for_its_reason_and_the_run_completes(
    sitcom: Workspace, window: int
) -> None:
    found = made(sitcom, model="replay:?faults=all:0.5", utterances=300, window=window)
    attempts = ledger(sitcom)
    assert (found.state, found.books.balanced, found.books.in_flight) == (RunState.COMPLETE, True, 0)
    assert found.injected == sum(a.injected is not None for a in attempts) > 20
    assert found.reasons == Counter(a.reason for a in attempts if a.reason)
    for attempt in (a for a in attempts if a.injected not in (None, "near_duplicate")):
        assert attempt.reason == ("contaminated" if attempt.injected in COPY_FAULTS else attempt.injected)
    assert found.utterances >= 300
    assert found.distance is not None
    assert found.distance < 0.05


# --- a live model over HTTP --------------------------------------------------------------------------------

RECIPE = """
recipe: turn-by-turn
scheme: meld
target: balanced
label_mode: sequence
names: [Ana, Bo, Cleo, Dev, Edith, Finn, Greta, Hugo]
system: You write dialogues.
user: |
  {% for t in plan %}{{ t.number }}. {{ t.speaker }} [{{ t.label }}]
  {% endfor %}
"""
PLANNED = re.compile(r"^(\d+)\. (.+) \[(.+)\]$", re.M)
SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]


def written(body: dict[str, Any]) -> list[str]:
    """Lines for the plan in the prompt, of words that the seed makes up."""
    draw = Random(body["seed"])
    planned = PLANNED.findall(body["messages"][1]["content"])
    return [f"{n}. {who} [{label}]: {' '.join(word(draw) for _ in range(7))}.\n" for n, who, label in planned]


def word(draw: Random) -> str:
    return "".join(draw.choices(SYLLABLES, k=3))


class SeenByThread(list[Seen]):
    """Each connection has its own thread, so a behaviour finds the request that it answers."""

    def __init__(self) -> None:
        super().__init__()
        self._own = threading.local()

    def append(self, seen: Seen) -> None:
        self._own.seen = seen
        super().append(seen)

    @property
    def own(self) -> Seen:
        return self._own.seen


def writes(change: Callable[[list[str]], list[str]] = lambda lines: lines, *, finish: str = "stop") -> Behaviour:
    def behave(handler: BaseHTTPRequestHandler, fake: FakeServer) -> None:
        streamed(*change(written(fake.seen.own.body)), finish=finish)(handler, fake)  # type: ignore[attr-defined]

    return behave


def half(lines: list[str]) -> list[str]:
    return lines[: len(lines) // 2]


def wrong_label(lines: list[str]) -> list[str]:
    return [re.sub(r"\[(.+)\]", lambda m: "[joy]" if m[1] != "joy" else "[fear]", lines[0]), *lines[1:]]


def once(behaviour: Behaviour) -> tuple[int, Behaviour]:
    return 1, behaviour


@dataclass
class Misbehaves:
    """The n-th new request is first answered by the n-th mishap, so often; a retry of it is the same request."""

    mishaps: Sequence[tuple[int, Behaviour]] = ()
    asked: dict[int, int] = field(default_factory=dict)  # seed → how often
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, handler: BaseHTTPRequestHandler, fake: FakeServer) -> None:
        seed = fake.seen.own.body["seed"]  # type: ignore[attr-defined]
        with self.lock:
            self.asked[seed] = self.asked.get(seed, 0) + 1
            number, times = list(self.asked).index(seed), self.asked[seed]
        so_often, mishap = self.mishaps[number] if number < len(self.mishaps) else (0, writes())
        (mishap if times <= so_often else writes())(handler, fake)


IN_A_REQUEST = 5  # a request is asked for five times before it fails
FAILING = {
    "server_error": (IN_A_REQUEST, status(500, "the kitchen is on fire")),
    "rate_limited": once(status(429, headers={"Retry-After": "3600"})),
    "bad_reply": once(raw(b"<html>Welcome!</html>", kind="text/html")),
    "connection": (IN_A_REQUEST, hangs_up),
    "refused_request": once(status(401, f"your key {KEY} is no good")),
    "timeout": once(stalls_after()),
}
REFUSED = {
    "turn_count": once(writes(half)),
    "truncated": once(writes(half, finish="length")),
    "empty_reply": once(streamed("")),
    "unparsed": once(streamed("They talk for a while, and then they go home.")),
    "label_plan": once(writes(wrong_label)),
}
PASSING = (once(status(429, headers={"Retry-After": "0.7"})), (IN_A_REQUEST - 1, status(503)))


@dataclass
class Lab:
    """A workspace whose endpoint `lab` is the fake server; `slept` are waits between retries, short ones here."""

    home: Path
    recipe: str
    server: FakeServer
    slept: list[float]

    def configure(self, url: str, more: str = "", timeout_seconds: float = 2.0) -> None:
        table = f'[endpoints.lab]\nurl = "{url}"\ntimeout_seconds = {timeout_seconds}\n{more}'
        (self.home / "config.toml").write_text(table, "utf-8")

    def run(self, workspace: Workspace, **changes: Any) -> RunReport:
        arguments = {"recipe": self.recipe, "model": "openai:lab#tiny-chat", "utterances": 140}
        return made(workspace, **(arguments | changes))


@pytest.fixture
def lab(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    recipe, slept = tmp_path / "turn-by-turn.yaml", []
    recipe.write_text(RECIPE, "utf-8")

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        time.sleep(seconds)

    brisk = Retries(sleep=sleep, first_seconds=0.01, jitter=lambda: 0.0)
    monkeypatch.setattr("erc_engine.llm.openai_server.Retries", lambda sleep: brisk)
    breaker = partial(CircuitBreaker, first_seconds=0.02, longest_seconds=0.1)
    monkeypatch.setattr("erc_engine.llm.routing.CircuitBreaker", breaker)
    with FakeServer() as server:
        server.seen = SeenByThread()
        server.will(Misbehaves())
        found = Lab(home, str(recipe), server, slept)
        found.configure(server.url)
        yield found


@pytest.mark.parametrize("window", [1, 8])
def test_a_live_model_writes_to_the_plan_and_is_marked_as_generated(lab: Lab, window: int) -> None:
    with opened(lab.home) as workspace:
        found = lab.run(workspace, window=window)
        assert (found.state, found.recorded, found.injected, found.reasons) == (RunState.COMPLETE, False, 0, {})
        assert found.books.submitted == found.books.accepted == len(lab.server.seen)
        assert found.utterances >= 140
        assert found.distance is not None
        assert found.distance < 0.03
        stored = workspace.store.corpora.stored("made")
        assert (stored.origin, stored.licence.note) == (Origin.GENERATED, "written by openai:lab#tiny-chat")
        plans = {plan.id: plan for plan in workspace.store.runs.plans("made")}
        for attempt in ledger(workspace):
            assert attempt.dialogue is not None
            assert attempt.dialogue.labels == plans[attempt.plan].sequence
            assert tuple(u.speaker for u in attempt.dialogue.utterances) == plans[attempt.plan].turn_speakers
            assert (attempt.prompt_tokens, attempt.completion_tokens, attempt.finish) == (31, 14, "stop")


def test_two_live_runs_of_one_seed_at_window_1_ask_for_the_same(lab: Lab) -> None:
    with opened(lab.home) as workspace:
        lab.run(workspace, utterances=60, window=1)
        first = [seen.body for seen in lab.server.seen]
        lab.server.seen.clear()
        lab.run(workspace, utterances=60, window=1, name="again")
        assert [seen.body for seen in lab.server.seen] == first


@pytest.mark.parametrize("window", [1, 8])
def test_a_run_completes_on_a_server_that_misbehaves_in_every_way_and_lists_the_reasons(lab: Lab, window: int) -> None:
    mishaps = [*PASSING, *FAILING.values(), *REFUSED.values()]
    Random(window).shuffle(mishaps)
    lab.server.will(Misbehaves(mishaps))
    with opened(lab.home) as workspace:
        found = lab.run(workspace, window=window, utterances=200, max_attempts_per_plan=12)
        assert found.state == RunState.COMPLETE, found.message
        assert found.reasons == dict.fromkeys([*FAILING, *REFUSED], 1)
        assert (found.books.failed, found.books.rejected) == (len(FAILING), len(REFUSED))
        assert found.books.balanced
        assert (found.books.lost, found.books.in_flight) == (0, 0)
        assert 0.7 in lab.slept  # what Retry-After asked for
        assert max(lab.slept) < 60  # an hour is not waited for
        plans = {plan.id: plan for plan in workspace.store.runs.plans("made")}
        kept = [a for a in ledger(workspace) if a.dialogue is not None]
        assert all(a.dialogue.labels == plans[a.plan].sequence for a in kept if a.dialogue is not None)
        refused = {a.reason: a for a in ledger(workspace) if a.reason}
        assert refused["unparsed"].raw == "They talk for a while, and then they go home."
        assert refused["truncated"].raw.startswith("1. ")
        assert "HTTP 500: the kitchen is on fire" in refused["server_error"].detail


def test_the_key_goes_to_its_endpoint_alone_and_stands_nowhere(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_KEY", KEY)
    lab.server.will(Misbehaves([FAILING["refused_request"]]))
    lab.configure(lab.server.url, f'key_env = "LAB_KEY"\n[endpoints.other]\nurl = "{lab.server.url}"\n')
    keys = {}
    with opened(lab.home) as workspace:
        for name, model in (("made", "lab"), ("other", "other"), ("typed", lab.server.url)):
            lab.run(workspace, utterances=20, name=name, model=f"openai:{model}#tiny-chat")
            keys[name] = {seen.headers.get("Authorization") for seen in lab.server.seen}
            lab.server.seen.clear()
        (refused,) = ledger(workspace, AttemptState.FAILED)
        assert "HTTP 401: your key [key] is no good" in refused.detail
    assert keys == {"made": {f"Bearer {KEY}"}, "other": {None}, "typed": {None}}
    assert not [path for path in lab.home.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]


def test_a_missing_key_is_said_before_anything_is_stored(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAB_KEY", raising=False)
    lab.configure(lab.server.url, 'key_env = "LAB_KEY"')
    with opened(lab.home) as workspace:
        with pytest.raises(InputError, match="LAB_KEY, which is not set"):
            lab.run(workspace)
        assert untouched(workspace)


@pytest.mark.parametrize("window", [1, 8])
def test_a_server_that_goes_down_pauses_the_run_which_goes_on_when_it_is_up_again(lab: Lab, window: int) -> None:
    answers, asked = Misbehaves(), count(1)

    def goes_down(handler: BaseHTTPRequestHandler, fake: FakeServer) -> None:
        (answers if next(asked) <= 5 else hangs_up)(handler, fake)

    lab.server.will(goes_down)
    with opened(lab.home) as workspace:
        paused = lab.run(workspace, window=window)
        before = accepted(workspace)
        assert paused.state == RunState.PAUSED
        assert paused.message.startswith("10 attempts in a row failed, the last with connection: http://127.0.0.1:")
        assert (len(before), paused.books.balanced, paused.books.in_flight) == (5, True, 0)
        assert paused.reasons == {"connection": paused.books.failed}
        lab.server.will(answers)
        found = resume(workspace, "made")
        assert found.state == RunState.COMPLETE
        assert (found.message, found.books.lost, found.books.failed) == ("", 0, paused.books.failed)
        kept = {a.plan: a for a in accepted(workspace)}
        assert [kept[a.plan] for a in before] == before


def test_a_run_started_without_a_server_goes_on_at_the_new_address_of_its_endpoint(lab: Lab) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    lab.configure(f"http://127.0.0.1:{port}/v1")
    with opened(lab.home) as workspace:
        paused = lab.run(workspace, window=1)
        assert (paused.state, paused.reasons, paused.utterances) == (RunState.PAUSED, {"connection": 10}, 0)
        assert paused.distance is None
    lab.configure(lab.server.url)
    with opened(lab.home) as workspace:
        assert lab.run(workspace).state == RunState.COMPLETE


# --- refused before anything is stored ---------------------------------------------------------------------


def test_a_recipe_of_label_sequences_is_refused_for_recordings(sitcom: Workspace, tmp_path: Path) -> None:
    (tmp_path / "told.yaml").write_text(RECIPE + "recordings: meld-balanced\n", "utf-8")
    with pytest.raises(RefusedError, match="cannot follow the label sequence") as error:
        made(sitcom, recipe=str(tmp_path / "told.yaml"))
    assert "openai:NAME#model" in error.value.hint
    assert untouched(sitcom)


def own_recipe(assets: Path, tmp_path: Path, before: str, after: str) -> str:
    """A bundled recipe with something changed."""
    text = (assets / "recipes" / "meld-balanced.yaml").read_text("utf-8")
    assert before in text
    (tmp_path / "own.yaml").write_text(text.replace(before, after), "utf-8")
    return str(tmp_path / "own.yaml")


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("recordings: meld-balanced\n", "", RefusedError),
        ("recordings: meld-balanced", "recordings: absent", InputError),
        ("recordings: meld-balanced", "recordings: emorynlp-balanced", InputError),
    ],
)
def test_a_recipe_without_fitting_recordings_cannot_be_replayed(
    sitcom: Workspace, assets: Path, tmp_path: Path, before: str, after: str, kind: type[ErcError]
) -> None:
    with pytest.raises(kind):
        made(sitcom, recipe=own_recipe(assets, tmp_path, before, after))
    assert untouched(sitcom)


@pytest.mark.parametrize(
    ("changes", "kind", "said"),
    [
        ({"utterances": 0}, InputError, "utterances cannot be 0"),
        ({"window": 0}, InputError, "window cannot be 0"),
        ({"max_attempts_per_plan": 0}, InputError, "attempts per plan cannot be 0"),
        ({"max_attempts": 0}, InputError, "attempts cannot be 0"),
        ({"max_minutes": 0.0}, InputError, "0.0 minutes"),
        ({"max_minutes": float("nan")}, InputError, "nan minutes"),
        ({"shares": {"joy": 1.0, "glee": 1.0}}, InputError, "'glee' is not a label"),
        ({"shares": {"joy": float("nan")}}, InputError, "nan"),
        ({"name": "../made"}, InputError, "corpus name"),
        ({"model": "replay:?faults=glee:0.1"}, InputError, "'glee' is not known"),
        ({"model": "openai:nowhere#tiny"}, InputError, "'nowhere'"),
        ({"model": "openai:http://192.0.2.1/v1#tiny"}, RefusedError, "not this machine"),
        ({"recipe": "emorynlp-balanced"}, RefusedError, "peaceful"),
        ({"recipe": "sonnets"}, NotFoundError, "sonnets"),
        ({"like": "radio"}, NotFoundError, "radio"),
        ({"name": "sitcom"}, ConflictError, "'sitcom' is a corpus already"),
    ],
)
def test_arguments_that_cannot_be_are_refused_with_a_hint(
    sitcom: Workspace, changes: dict[str, Any], kind: type[ErcError], said: str
) -> None:
    with pytest.raises(kind) as error:
        made(sitcom, **changes)
    assert said in error.value.message
    assert error.value.hint
    assert untouched(sitcom)


def test_unknown_names_come_with_the_names_there_are(sitcom: Workspace) -> None:
    with pytest.raises(NotFoundError) as recipe:
        made(sitcom, recipe="sonnets")
    assert "meld-balanced, meld-matched" in recipe.value.hint
    with pytest.raises(NotFoundError) as corpus:
        made(sitcom, like="radio")
    assert "sitcom" in corpus.value.hint
    made(sitcom)
    with pytest.raises(NotFoundError) as run:
        resume(sitcom, "radio")
    assert "made" in run.value.hint


# --- bounds ------------------------------------------------------------------------------------------------


def test_recordings_that_do_not_suffice_end_as_infeasible_with_a_shortfall_per_label(sitcom: Workspace) -> None:
    found = made(sitcom, utterances=5000, window=8)
    assert (found.state, found.books.accepted) == (RunState.INFEASIBLE, 200)
    said = f"the recordings of 'meld-balanced' are used up: {found.utterances} of 5000 utterances accepted"
    assert found.message == said
    assert found.shortfall == {label: 714 - n for label, n in found.labels.items()}  # 5,000 / 7 = 714.3
    before = ledger(sitcom)
    assert resume(sitcom, "made") == made(sitcom, utterances=5000, window=8) == found
    assert ledger(sitcom) == before


@pytest.mark.parametrize("window", [1, 8])
def test_a_run_makes_no_more_attempts_than_it_may_also_when_it_is_resumed(sitcom: Workspace, window: int) -> None:
    found = made(sitcom, model="replay:?faults=unparsed:0.5", utterances=500, max_attempts=12, window=window)
    assert (found.state, found.books.submitted) == (RunState.INFEASIBLE, 12)
    assert found.message == f"the limit of 12 attempts is reached: {found.utterances} of 500 utterances accepted"
    assert found.shortfall == {label: 71 - n for label, n in found.labels.items()}  # 500 / 7 = 71.4
    assert resume(sitcom, "made") == found


def test_a_run_takes_no_more_minutes_than_it_may_and_may_be_given_as_many_again(sitcom: Workspace) -> None:
    found = made(sitcom, model="replay:?delay_ms=40", max_minutes=0.001, utterances=500)
    assert (found.state, found.message.split(":")[0]) == (RunState.INFEASIBLE, "the limit of 0.001 minutes is reached")
    assert 1 <= found.books.submitted <= 2  # 60 ms at 40 ms each
    again = resume(sitcom, "made")
    assert again.state == RunState.INFEASIBLE
    assert found.books.accepted < again.books.accepted <= found.books.accepted + 2


# --- the same command again --------------------------------------------------------------------------------


CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"seed": 2}, "seed: 1 → 2"),
    ({"utterances": 21}, "utterances: 20 → 21"),
    ({"model": "replay:?delay_ms=1"}, 'model: "replay:" → "replay:?delay_ms=1"'),
    ({"window": 2, "max_attempts": 9}, "window: 1 → 2; max_attempts: null → 9"),
    ({"shares": {"joy": 1.0}}, 'shares: null → {"joy": 1.0}'),
    ({"like": "other"}, 'like: "sitcom" → "other"'),
    ({"recipe": "meld-matched"}, 'recipe_name: "meld-balanced" → "meld-matched"'),
]


def test_changed_arguments_are_refused_by_name_and_the_run_stays(sitcom: Workspace, assets: Path) -> None:
    add_sitcom(sitcom, assets, "other")
    first = made(sitcom, utterances=20)
    for changes, said in CHANGES:
        with pytest.raises(ConflictError) as error:
            made(sitcom, **({"utterances": 20} | changes))
        assert said in error.value.message
    assert report(sitcom, "made") == first


def test_a_recipe_file_changed_under_a_run_is_refused_by_its_hash(
    sitcom: Workspace, assets: Path, tmp_path: Path
) -> None:
    file = own_recipe(assets, tmp_path, "max_words: 60", "max_words: 59")
    made(sitcom, recipe=file)
    own_recipe(assets, tmp_path, "max_words: 60", "max_words: 58")
    with pytest.raises(ConflictError, match=r"\(recipe: [0-9a-f]{12} → [0-9a-f]{12}\)"):
        made(sitcom, recipe=file)


def test_the_same_command_reports_a_complete_run_without_opening_its_model(
    sitcom: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    even = dict.fromkeys(("neutral", "joy", "surprise", "anger", "sadness", "disgust", "fear"), 1)
    first = made(sitcom, shares=even)
    assert first.state == RunState.COMPLETE
    monkeypatch.setattr("erc_engine.workflows.generation.open_model", None)
    assert made(sitcom, shares=dict(reversed(even.items()))) == first
    assert runs(sitcom) == (first,)


def test_a_run_whose_labels_miss_the_target_is_not_complete_however_many_were_accepted(sitcom: Workspace) -> None:
    found = made(sitcom, utterances=120, shares={"joy": 1, "fear": 1})
    assert found.state == RunState.INFEASIBLE
    assert found.utterances >= 120
    assert found.distance is not None
    assert found.distance > 0.1
    assert set(found.shortfall) == {"joy", "fear"}
    assert "miss the target" in found.message
    assert resume(sitcom, "made").books == found.books


# --- stopped and resumed -----------------------------------------------------------------------------------


FAULTY: dict[str, Any] = {"model": "replay:?faults=all:0.3", "utterances": 120}


@pytest.fixture(scope="module")
def uninterrupted(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Attempt]:
    """What the faulty run accepts at window 1 when nothing stops it."""
    home = tmp_path_factory.mktemp("uninterrupted") / "home"
    shutil.copytree(prepared, home)
    with opened(home) as workspace:
        made(workspace, **FAULTY)
        return accepted(workspace)


@pytest.mark.parametrize(("state", "window"), [(RunState.PAUSED, 1), (RunState.PAUSED, 8), (RunState.CANCELLED, 1)])
def test_a_run_stops_on_request_with_nothing_in_flight_and_goes_on(
    sitcom: Workspace, uninterrupted: list[Attempt], state: RunState, window: int
) -> None:
    def stop() -> RunState | None:
        return state if sitcom.store.runs.books("made").accepted >= 3 else None

    stopped = made(sitcom, **FAULTY, window=window, stop=stop)
    before = accepted(sitcom)
    assert (stopped.state, stopped.message) == (state, "stopped on request")
    assert 3 <= len(before) <= 3 + window
    assert (stopped.books.balanced, stopped.books.in_flight) == (True, 0)
    found = resume(sitcom, "made")
    assert (found.state, found.message, found.books.lost) == (RunState.COMPLETE, "", 0)
    if window == 1:
        assert accepted(sitcom) == uninterrupted
    else:
        kept = {a.plan: a for a in accepted(sitcom)}
        assert [kept[a.plan] for a in before] == before


def raising(monkeypatch: pytest.MonkeyPatch, owner: type, method: str, at: int, error: BaseException) -> None:
    """The `at`-th call of a method raises instead."""
    original, calls = getattr(owner, method), count(1)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == at:
            raise error
        return original(*args, **kwargs)

    monkeypatch.setattr(owner, method, wrapped)


@pytest.mark.parametrize(
    ("owner", "method", "window"),
    [
        (ReplayModel, "complete", 1),
        (Runs, "start_attempt", 8),
        (Runs, "finish_attempt", 1),
        (Runs, "finish_attempt", 8),
    ],
)
def test_an_interrupted_run_is_paused_and_its_ledger_goes_on(
    sitcom: Workspace,
    uninterrupted: list[Attempt],
    monkeypatch: pytest.MonkeyPatch,
    owner: type,
    method: str,
    window: int,
) -> None:
    raising(monkeypatch, owner, method, 6, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        made(sitcom, **FAULTY, window=window)
    before, kept = report(sitcom, "made"), accepted(sitcom)
    assert (before.state, before.message) == (RunState.PAUSED, "stopped by the user")
    assert before.books.balanced
    found = made(sitcom, **FAULTY, window=window)
    assert (found.state, found.books.balanced, found.books.in_flight) == (RunState.COMPLETE, True, 0)
    assert found.books.lost == before.books.in_flight
    after = {a.plan: a for a in accepted(sitcom)}
    assert [after[a.plan] for a in kept] == kept
    if window == 1:
        assert list(after.values()) == uninterrupted


def test_a_run_that_died_before_its_corpus_was_made_goes_on(sitcom: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("erc_engine.workflows.run_driver.create_corpus", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            made(sitcom)
    assert (report(sitcom, "made").utterances, sitcom.store.corpora.names()) == (0, ("sitcom",))
    assert made(sitcom).state == RunState.COMPLETE


def test_the_same_run_twice_in_one_process_is_refused_and_the_first_goes_on(sitcom: Workspace) -> None:
    refused: list[str] = []

    def second() -> RunState | None:
        if not refused and sitcom.store.runs.books("made").accepted == 2:
            with pytest.raises(ConflictError) as error:
                made(sitcom)
            refused.append(error.value.message)
        return None

    found = made(sitcom, stop=second)
    assert refused == ["another process is at work on run 'made'"]
    assert (found.state, found.books.lost) == (RunState.COMPLETE, 0)


# --- a full disk -------------------------------------------------------------------------------------------


@contextmanager
def full_disk(pages_left: int) -> Iterator[None]:
    """SQLite finds room for so many pages more, in the databases that are used meanwhile."""

    def limit(connection: Any, *_: object) -> None:
        if not limits:
            limits.append(connection.execute("PRAGMA page_count").fetchone()[0] + pages_left)
        connection.execute(f"PRAGMA max_page_count = {limits[0]}")

    limits: list[int] = []
    event.listen(Pool, "checkout", limit)
    try:
        yield
    finally:
        event.remove(Pool, "checkout", limit)


@pytest.mark.parametrize(("window", "pages_left"), [(1, 12), (1, 20), (8, 20)])
def test_a_full_disk_stops_the_run_and_with_space_again_it_goes_on(
    home: Path, uninterrupted: list[Attempt], window: int, pages_left: int
) -> None:
    with (
        full_disk(pages_left),
        opened(home) as workspace,
        pytest.raises(UnavailableError, match="disk is full") as full,
    ):
        made(workspace, **FAULTY, window=window)
    assert "free some space, then run the same command again" in full.value.hint
    with opened(home) as workspace:
        before, kept = report(workspace, "made"), accepted(workspace)
        assert before.books.balanced
        assert 0 < before.books.accepted < len(uninterrupted)
        assert before.dialogues == before.books.accepted
        found = made(workspace, **FAULTY, window=window)
        assert (found.state, found.books.balanced) == (RunState.COMPLETE, True)
        assert found.books.lost == before.books.in_flight
        after = {a.plan: a for a in accepted(workspace)}
        assert [after[a.plan] for a in kept] == kept
        if window == 1:
            assert list(after.values()) == uninterrupted


def test_a_run_ended_by_an_error_says_which(sitcom: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, Runs, "finish_attempt", 4, UnavailableError("the disk is full", hint="free some space"))
    with pytest.raises(UnavailableError):
        made(sitcom)
    found = report(sitcom, "made")
    assert (found.state, found.message) == (RunState.PAUSED, "stopped by an error: the disk is full")


# --- contamination -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", COPY_FAULTS)
def test_twenty_planted_copies_of_test_utterances_are_all_refused(sitcom: Workspace, kind: str) -> None:
    found = made(sitcom, model=f"replay:?faults={kind}:1.0", max_attempts=20)
    assert (found.books.submitted, found.books.accepted, found.reasons) == (20, 0, {"contaminated": 20})
    assert {a.injected for a in ledger(sitcom)} == {kind}
    assert all("text of sitcom:test" in a.detail and a.raw for a in ledger(sitcom))


def test_a_thousand_clean_turns_are_not_taken_for_test_text(sitcom: Workspace) -> None:
    found = made(sitcom, utterances=1000, window=8)
    assert (found.state, found.reasons) == (RunState.COMPLETE, {})
    assert found.utterances >= 1000


@pytest.mark.benchmark_data
def test_copies_of_real_test_utterances_are_refused_and_clean_turns_are_not(tmp_path: Path, benchmarks: Path) -> None:
    with opened(tmp_path / "home") as workspace:
        import_corpus(workspace, "meld", benchmarks / "MELD", "meld")
        for kind in COPY_FAULTS:
            found = made(workspace, like="meld", name=kind, model=f"replay:?faults={kind}:1.0", max_attempts=20)
            assert (found.books.submitted, found.books.accepted, found.reasons) == (20, 0, {"contaminated": 20})
        clean = made(workspace, like="meld", utterances=1000, window=8)
        assert (clean.state, clean.reasons) == (RunState.COMPLETE, {})
        assert clean.utterances >= 1000


# --- surplus -----------------------------------------------------------------------------------------------


def test_dialogues_beyond_the_wanted_number_are_kept_in_the_books_as_surplus_and_counted_nowhere_else(
    sitcom: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "erc_engine.generation.endings.Endings.enough_under_way", lambda run: False
    )  # asks for too many
    found = made(sitcom, utterances=1, window=8)
    assert (found.state, found.books.submitted, found.books.accepted) == (RunState.COMPLETE, 8, 8)
    assert (found.dialogues, found.surplus) == (1, 7)
    first, *others = sorted(ledger(sitcom), key=lambda a: a.plan)
    assert (first.surplus, [a.surplus for a in others]) == (False, [True] * 7)
    assert first.dialogue is not None
    assert found.utterances == len(first.dialogue)
    described = describe(sitcom, "made")
    assert (described.splits["train"].dialogues, described.splits["train"].utterances) == (1, len(first.dialogue))
    assert described.states == {"kept": 1, "surplus": 7, "dropped": 0, "turned_down": 0}
    assert resume(sitcom, "made") == found
