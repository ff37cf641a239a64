"""Recipes, plans, targets and a chat model that writes what it is asked for, small enough to read at a glance."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from typing import Any

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.generation import (
    ChatRequest,
    CheckSettings,
    Completion,
    LabelMode,
    LabelPlan,
    LabelTarget,
    ParsedTurn,
    PromptRecipe,
    Protocol,
    Sampling,
    Speaker,
    TargetMode,
)
from erc_engine.domain.generation_runs import Attempt, RunSettings, RunState
from erc_engine.domain.labels import scheme
from erc_engine.domain.turn_repairs import RepairState, TurnRepair
from erc_engine.errors import ModelError
from erc_engine.generation.gate import Gate, Verify
from erc_engine.generation.run import Ended, Event, Finished, Planned, RepairAsked, RepairEnded, Submitted, run
from erc_engine.llm.chat_model import Capabilities, ChatModel
from erc_engine.llm.protocol import write

MELD = scheme("meld")
PLAN_AS_TEXT = (
    "{{ turns }}|{{ speakers|join(',', 'name') }}|{% for name, n in budget.items() %}{{ name }}={{ n }} {% endfor %}"
    "|{% for t in plan %}{{ t.speaker }}={{ t.label }} {% endfor %}"
)


def recipe(**changes: Any) -> PromptRecipe:
    """A MELD recipe whose user prompt is the plan in a form that `ObedientModel` reads."""
    plain = PromptRecipe(
        name="small",
        hash="0" * 64,
        scheme=MELD,
        target=TargetMode.BALANCED,
        label_mode=LabelMode.BUDGET,
        protocol=Protocol.LINES,
        system="You write dialogues.",
        user=PLAN_AS_TEXT,
        attributes={"setting": ("in a kitchen", "on a ferry")},
        names=("Ana", "Bo", "Cleo", "Dev"),
        traits=("blunt", "warm"),
        sampling=Sampling(),
        checks=CheckSettings(),
        recordings=None,
        text="",
    )
    return replace(plain, **changes)


def plan(*labels: str, speakers: str = "Ana Bo", **changes: Any) -> LabelPlan:
    """A plan of mode budget for these labels."""
    budget = {name: labels.count(name) for name in MELD.names if name in labels}
    plain = LabelPlan(
        id="p00000",
        ordinal=0,
        speakers=tuple(Speaker(name) for name in speakers.split()),
        turns=len(labels),
        sequence=(),
        budget=budget,
        expected={name: float(n) for name, n in budget.items()},
        turn_speakers=(),
        attributes={"setting": "in a kitchen"},
    )
    return replace(plain, **changes)


def target(shares: Mapping[str, float] | None = None, *, turns: int = 4) -> LabelTarget:
    even = dict.fromkeys(MELD.names, 1 / 7)
    return LabelTarget(MELD, dict(shares or even), {turns: 1.0}, {2: 1.0}, 0.2, "a test")


def settings(utterances: int = 40, **changes: Any) -> RunSettings:
    plain = RunSettings("extra", "0" * 64, "small", "meld", utterances, "test:", seed=1)
    return replace(plain, **changes)


class ObedientModel:
    """Writes the dialogue that the prompt of `recipe()` asks for; `fault` may answer something else first.

    `fault(request, draw)` gets a random generator that depends on seed and failures alone. A text is the reply, an
    exception is raised, None lets the model write.
    """

    spec = "test:"

    def __init__(self, fault: Callable[[ChatRequest, random.Random], str | ModelError | None] | None = None) -> None:
        self.capabilities = Capabilities(True, True, True, True, False, True, 1)
        self.requests: list[ChatRequest] = []
        self._fault = fault
        self._lock = threading.Lock()

    def complete(self, request: ChatRequest) -> Completion:
        with self._lock:
            self.requests.append(request)
        draw = random.Random(f"{request.seed}/{request.failures}")
        fault = self._fault(request, draw) if self._fault else None
        if isinstance(fault, ModelError):
            raise fault
        return Completion(fault if fault is not None else obey(request), model="test")

    def stream(self, request: ChatRequest) -> Generator[str, None, Completion]:
        whole = self.complete(request)
        yield whole.text
        return whole

    def close(self) -> None:
        """Nothing is held."""


def obey(request: ChatRequest) -> str:
    count, names, budget, sequence = request.messages[1].content.split("|")
    if sequence.strip():
        pairs = [pair.split("=") for pair in sequence.split()]
    else:
        labels = [name for part in budget.split() for name in [part.split("=")[0]] * int(part.split("=")[1])]
        labels = labels or ["neutral"] * int(count)
        speakers = names.split(",")
        pairs = [[speakers[n % len(speakers)], label] for n, label in enumerate(labels)]
    draw = random.Random(request.seed)
    words = ("kettle", "ladder", "ferry", "basket", "piano", "window", "garden", "ticket", "harbour", "blanket")
    turns = [
        ParsedTurn(who, label, f"{' '.join(draw.choices(words, k=6))} {n}.") for n, (who, label) in enumerate(pairs)
    ]
    return write(turns, request.protocol)


class Ledger:
    """Persists events as a store would, and gives back what it holds after a crash."""

    def __init__(self) -> None:
        self.plans: list[LabelPlan] = []
        self.attempts: dict[str, Attempt] = {}
        self.repairs: dict[str, TurnRepair] = {}
        self.ended: Ended | None = None

    def take(self, event: Event) -> None:
        match event:
            case Planned(plan):
                assert plan.id not in {known.id for known in self.plans}
                self.plans.append(plan)
            case Submitted(attempt):
                assert attempt.id not in self.attempts
                assert attempt.plan in {known.id for known in self.plans}, "a plan is written before it is submitted"
                self.attempts[attempt.id] = attempt
            case Finished(attempt):
                assert self.attempts[attempt.id].state == "in_flight"
                self.attempts[attempt.id] = attempt
            case RepairAsked(repair):
                assert repair.id not in self.repairs
                assert self.attempts[f"{repair.run}/{repair.plan}/{repair.attempt}"].state == "in_flight"
                self.repairs[repair.id] = repair
            case RepairEnded(repair):
                assert self.repairs[repair.id].state == "in_flight"
                self.repairs[repair.id] = repair
            case Ended():
                self.ended = event

    def after_a_crash(self) -> Ledger:
        """The same rows, with what was in flight marked as lost."""
        again = Ledger()
        again.plans = list(self.plans)
        again.attempts = {
            key: replace(a, state=type(a.state).LOST) if a.state == "in_flight" else a
            for key, a in self.attempts.items()
        }
        again.repairs = {
            key: replace(r, state=RepairState.LOST) if r.state == "in_flight" else r for key, r in self.repairs.items()
        }
        return again

    def count(self, state: str) -> int:
        return sum(a.state == state for a in self.attempts.values())

    def dialogues(self) -> list[Dialogue]:
        """Accepted ones, in plan order."""
        found = {a.plan: a.dialogue for a in self.attempts.values() if a.dialogue and a.state == "accepted"}
        return [found[p.id] for p in self.plans if p.id in found]


def events(
    model: ChatModel,
    *,
    used: RunSettings | None = None,
    by: PromptRecipe | None = None,
    to: LabelTarget | None = None,
    ledger: Ledger | None = None,
    duplicates: bool = False,
    contamination: Callable[[Dialogue], str | None] = lambda dialogue: None,
    verify: Verify = lambda dialogue, plan: dialogue,
    stop: Callable[[], RunState | None] = lambda: None,
    clock: Callable[[], float] = lambda: 0.0,
) -> Iterator[Event]:
    """The events of a run on a ledger, each of them in the ledger before the next is asked for."""
    ledger = ledger if ledger is not None else Ledger()
    seen: dict[str, str] = {_words(d): d.id for d in ledger.dialogues()}

    def remember(dialogue: Dialogue) -> None:
        seen[_words(dialogue)] = dialogue.id

    stream = run(
        used or settings(),
        by or recipe(),
        to or target(),
        model,
        history=tuple(ledger.plans),
        attempts=tuple(ledger.attempts.values()),
        dialogue_prefix="extra",
        gate=Gate(lambda dialogue: seen.get(_words(dialogue)) if duplicates else None, remember, contamination, verify),
        stop=stop,
        clock=clock,
    )
    for event in stream:
        ledger.take(event)
        yield event


def _words(dialogue: Dialogue) -> str:
    return " ".join(u.text for u in dialogue.utterances)
