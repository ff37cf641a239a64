"""Prompt studio: a few plans through a recipe and a model, each reply seen while it is being written.

    batch = try_samples(workspace, recipe, like="meld", model="replay:?delay_ms=900", seed=4, count=4)
    batch.samples[0]           # Sample(state=WRITING, raw="1. Ana [joy]: You ca", …)
    batch.wait(5)
    batch.samples[0].state     # ACCEPTED, REJECTED (by which check), FAILED (no whole reply) or STOPPED

As many replies are written at once as suits the model. Nothing of it is stored.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.generation import (
    ChatRequest,
    LabelPlan,
    LabelTarget,
    ParsedReply,
    ParsedTurn,
    PromptRecipe,
    Rejection,
    Repair,
    TargetMode,
)
from erc_engine.domain.style import StyleTarget
from erc_engine.errors import ErcError, InputError
from erc_engine.generation.checks import judge_reply, mended_speakers
from erc_engine.generation.label_plan import Planner
from erc_engine.generation.menu import menu_for
from erc_engine.generation.parsing import parse
from erc_engine.generation.prompts import render
from erc_engine.generation.shots import ShotPool
from erc_engine.generation.style_plan import Steering
from erc_engine.llm.chat_model import ChatModel, watched
from erc_engine.workflows.run_orders import model_of, target_of
from erc_engine.workflows.shots import shots_of, shown
from erc_engine.workflows.workspace import Workspace

MOST_SAMPLES = 16
AT_ONCE = 4  # replies written side by side, if the model likes that many
SEED_STEP = 7919  # sample n of seed s is drawn with s + n steps, so that neighbouring seeds share no sample


class SampleState(StrEnum):
    WRITING = "writing"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class SampleTurn:
    """A turn as it was read: `label` is the scheme's name, or the raw spelling when it is none of them."""

    speaker: str
    label: str
    known: bool
    text: str
    repairs: tuple[Repair, ...] = ()


@dataclass(frozen=True)
class Sample:
    """One plan through one model: the reply as it came so far, what was read in it, and what became of it.

    `reason` is the check that refused it or the failure's code; token counts are None when the server tells none.
    """

    plan: LabelPlan
    state: SampleState = SampleState.WRITING
    raw: str = ""
    turns: tuple[SampleTurn, ...] = ()
    repairs: tuple[Repair, ...] = ()
    reason: str = ""
    detail: str = ""
    hint: str = ""
    injected: str = ""
    seconds: float = 0.0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None

    @property
    def accepted(self) -> bool:
        return self.state is SampleState.ACCEPTED

    @property
    def words(self) -> int:
        return len(self.raw.split())


class _Stopped(Exception):
    """Nobody waits for this reply any more."""


class SampleBatch:
    """Samples in plan order, those under way included; the model is closed when the last reply has ended."""

    def __init__(
        self,
        recipe: PromptRecipe,
        plans: Sequence[LabelPlan],
        model: ChatModel,
        seed: int,
        shots: ShotPool | None = None,
    ) -> None:
        self.recipe, self.plans, self.shots = recipe, tuple(plans), shots
        self.spec, self.reads_prompt = model.spec, model.capabilities.reads_prompt
        self._model, self._seed = model, seed
        self._slots: list[Sample | None] = [None] * len(self.plans)
        self._waiting = iter(range(len(self.plans)))
        self._stopped = False
        self._lock = threading.Lock()
        size = max(1, min(len(self.plans), AT_ONCE, model.capabilities.window))
        self._at_work = size
        self._threads = [threading.Thread(target=self._work, name="prompt samples", daemon=True) for _ in range(size)]
        for thread in self._threads:
            thread.start()

    @property
    def samples(self) -> tuple[Sample, ...]:
        """Those that have begun."""
        with self._lock:
            return tuple(sample for sample in self._slots if sample is not None)

    @property
    def done(self) -> bool:
        return self._stopped or not any(thread.is_alive() for thread in self._threads)

    def stop(self) -> None:
        """No further plan is sent; a reply under way keeps what has come, and its connection ends at its next piece."""
        with self._lock:
            self._stopped = True
            self._slots = [_stopped(self.recipe, sample) for sample in self._slots]

    def wait(self, seconds: float) -> bool:
        """Whether all is done; looks for at most so many seconds in all."""
        for thread in self._threads:
            if self.done:
                break
            thread.join(seconds / len(self._threads))
        return self.done

    def _work(self) -> None:
        try:
            with suppress(_Stopped):
                while (n := self._next()) is not None:
                    self._sample(n)
        finally:
            with self._lock:
                self._at_work -= 1
                last = not self._at_work
            if last:
                self._model.close()

    def _next(self) -> int | None:
        with self._lock:
            n = None if self._stopped else next(self._waiting, None)
            if n is not None:
                self._slots[n] = Sample(self.plans[n])
            return n

    def _sample(self, n: int) -> None:
        plan, pieces = self.plans[n], list[str]()

        def come(piece: str) -> None:
            pieces.append(piece)
            self._put(n, Sample(plan, raw="".join(pieces)))

        try:
            self._put(n, _sampled(self.recipe, plan, self._model, self._seed + n, come, shown(self.shots, plan)))
        except _Stopped:
            raise
        except ErcError as error:
            self._put(n, _failed(self.recipe, plan, "".join(pieces), error))
        except Exception as error:
            fault = ErcError(f"{type(error).__name__}: {error}", hint="this is a fault of ERC Studio: please report it")
            self._put(n, _failed(self.recipe, plan, "".join(pieces), fault))
            raise

    def _put(self, n: int, sample: Sample) -> None:
        with self._lock:
            if self._stopped:
                raise _Stopped
            self._slots[n] = sample


def sample_target(workspace: Workspace, recipe: PromptRecipe, like: str) -> LabelTarget:
    """What a recipe aims at like this corpus; even shares where it leaves them to the run."""
    return target_of(workspace, recipe, like, _even(recipe) if recipe.target is TargetMode.CUSTOM else None)


def sample_plans(
    workspace: Workspace,
    recipe: PromptRecipe,
    like: str | None,
    *,
    seed: int,
    count: int = 1,
    model: str | None = None,
    allow_address: bool = False,
) -> tuple[LabelPlan, ...]:
    """Plans as a run would draw them; without a corpus, even shares over short dialogues of two or three.

    With a `model` that replays recordings the plans are those that it can serve.
    """
    target = sample_target(workspace, recipe, like) if like else _plain_target(recipe)
    menu = None
    if model is not None:
        opened = model_of(workspace, model, like, allow_address=allow_address)
        try:
            menu = menu_for(recipe, opened)
        finally:
            opened.close()
    planner = Planner(target, recipe, seed, menu)
    steering = Steering(recipe, target.style, seed, shots_of(workspace, recipe, None) if menu is None else None)
    plans: list[LabelPlan] = []
    done = dict.fromkeys(recipe.scheme.names, 0.0)
    used: set[str] = set()
    for ordinal in range(min(count, MOST_SAMPLES)):
        plan = planner.next(ordinal, {}, done, used)
        if plan is None:
            break
        plan = steering.steered(plan, {}, 0)
        plans.append(plan)
        used.update({plan.recording} if plan.recording else ())
        for label, n in plan.expected.items():
            done[label] += n
    return tuple(plans)


def try_samples(
    workspace: Workspace,
    recipe: PromptRecipe,
    *,
    like: str | None,
    model: str,
    seed: int,
    count: int,
    allow_address: bool = False,
) -> SampleBatch:
    """Begin `count` samples; refuses at once what a run would refuse."""
    if not 1 <= count <= MOST_SAMPLES:
        raise InputError(f"{count} samples cannot be asked for at once", hint=f"1 to {MOST_SAMPLES}")
    plans = sample_plans(workspace, recipe, like, seed=seed, count=count, model=model, allow_address=allow_address)
    opened = model_of(workspace, model, like, allow_address=allow_address)
    try:
        shots = shots_of(workspace, recipe, opened)
    except ErcError:
        opened.close()
        raise
    return SampleBatch(recipe, plans, opened, seed * SEED_STEP, shots)


def _sampled(
    recipe: PromptRecipe,
    plan: LabelPlan,
    model: ChatModel,
    seed: int,
    come: Callable[[str], object],
    shots: Sequence[Dialogue] = (),
) -> Sample:
    request = ChatRequest(
        id=f"sample/{plan.id}",
        messages=render(recipe, plan, shots),
        sampling=recipe.sampling,
        seed=seed & 0x7FFFFFFF,
        protocol=recipe.protocol,
        recording=plan.recording,
    )
    reply = watched(model, request, come)
    parsed = parse(reply.text, recipe.protocol, recipe.scheme)
    judged = judge_reply(parsed, plan, recipe, reply, dialogue_id="sample")
    told = as_read(recipe, Sample(plan, raw=reply.text), parsed)
    told = replace(
        told,
        injected=reply.injected or "",
        seconds=reply.seconds,
        prompt_tokens=reply.prompt_tokens,
        completion_tokens=reply.completion_tokens,
    )
    if isinstance(judged, Dialogue):
        return replace(told, state=SampleState.ACCEPTED)
    return replace(told, state=SampleState.REJECTED, reason=str(judged.reason), detail=judged.detail)


def as_read(recipe: PromptRecipe, sample: Sample, parsed: ParsedReply | Rejection) -> Sample:
    """The sample with the turns and repairs of its reply."""
    if isinstance(parsed, Rejection):
        return sample
    repairs = (*parsed.repairs, *mended_speakers(parsed, sample.plan))
    turns = tuple(_turn(recipe, n, turn, repairs) for n, turn in enumerate(parsed.turns))
    return replace(sample, turns=turns, repairs=repairs)


def _failed(recipe: PromptRecipe, plan: LabelPlan, raw: str, error: ErcError) -> Sample:
    """No whole reply: what had come by then, and what could be read in it."""
    sample = Sample(
        plan,
        state=SampleState.FAILED,
        raw=raw,
        reason=error.code,
        detail=error.message,
        hint=error.hint,
        injected=getattr(error, "injected", None) or "",
    )
    return as_read(recipe, sample, parse(raw, recipe.protocol, recipe.scheme))


def _stopped(recipe: PromptRecipe, sample: Sample | None) -> Sample | None:
    if sample is None or sample.state is not SampleState.WRITING:
        return sample
    ended = replace(sample, state=SampleState.STOPPED, detail="Stopped here. What had come by then is kept.")
    return as_read(recipe, ended, parse(sample.raw, recipe.protocol, recipe.scheme))


def _turn(recipe: PromptRecipe, number: int, turn: ParsedTurn, repairs: Sequence[Repair]) -> SampleTurn:
    label = recipe.scheme.canonical(turn.label) if turn.label is not None else None
    mine = tuple(r for r in repairs if r.turn == number)
    return SampleTurn(turn.speaker, label or turn.label or "", label is not None, turn.text, mine)


def _even(recipe: PromptRecipe) -> dict[str, float]:
    return dict.fromkeys(recipe.scheme.names, 1 / len(recipe.scheme.names))


def _plain_target(recipe: PromptRecipe) -> LabelTarget:
    return LabelTarget(
        scheme=recipe.scheme,
        shares=_even(recipe),
        lengths={6: 0.4, 8: 0.4, 10: 0.2},
        speakers={2: 0.7, 3: 0.3},
        same_speaker=0.1,
        source="even shares, no corpus",
        style=StyleTarget(words={2: 0.2, 6: 0.3, 9: 0.3, 16: 0.2}),
    )
