"""Prompt lab: the same label plans and seeds through two versions of a recipe, and what comes of each.

    before = detectable(workspace, model="openai:local#qwen", plans=40)       # what 40 plans can show
    report = compare_prompts(workspace, a="meld-balanced@2", b="meld-balanced@3", like="meld",
                             model="openai:local#qwen", plans=40, replies=1, seed=1)
    report.main.difference          # Measured(0.15, (0.01, 0.29), 40)

Every reply is stored as it comes. The same command again is the same lab: it asks only for what is missing. Replies are
judged when all are there, in the order of the plans, so that nothing depends on which came first: `lab_reports`.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from erc_engine.domain.generation import (
    ChatMessage,
    ChatRequest,
    Completion,
    LabelPlan,
    LabelTarget,
    PromptRecipe,
    TargetMode,
)
from erc_engine.domain.label_passages import Passages
from erc_engine.domain.prompt_lab import ASSUMED_DISCORDANCE, Arm, Detectable, LabReply, LabReport, LabSettings
from erc_engine.errors import InputError, ModelError, RefusedError
from erc_engine.evaluation.paired import detectable_difference
from erc_engine.generation.label_plan import Planner, Standing
from erc_engine.generation.prompts import render
from erc_engine.generation.recipes import parse_recipe
from erc_engine.generation.style_plan import Steering
from erc_engine.generation.window import Answer, Window
from erc_engine.llm.chat_model import ChatModel, open_model
from erc_engine.settings import assets_folder
from erc_engine.store.labs import StoredLab
from erc_engine.workflows.lab_confirmation import confirmer
from erc_engine.workflows.lab_reports import report_of
from erc_engine.workflows.recipes import find_recipe
from erc_engine.workflows.remembered import Remembered
from erc_engine.workflows.run_lock import only_one
from erc_engine.workflows.run_targets import aim_of
from erc_engine.workflows.shots import shots_of, shown
from erc_engine.workflows.workspace import Workspace

MOST_PLANS, MOST_REPLIES = 500, 10
AT_ONCE = 8
FAILURES_IN_A_ROW = 10  # then the server is taken to be down
ENOUGH_PLANS = 20  # of earlier labs, to take their discordance instead of the assumed one
Progress = Callable[[int, int], None]  # replies there, replies asked for
Prompt = Callable[[LabelPlan], tuple[ChatMessage, ...]]
_REPORTS: Remembered[LabReport] = Remembered(8)


@dataclass(frozen=True)
class _Wanted:
    arm: Arm
    plan: LabelPlan
    reply: int

    @property
    def key(self) -> tuple[Arm, str, int]:
        return self.arm, self.plan.id, self.reply


def compare_prompts(
    workspace: Workspace,
    *,
    a: str,
    b: str,
    like: str,
    model: str,
    plans: int = 40,
    replies: int = 1,
    seed: int = 1,
    confirm: str | None = None,
    allow_address: bool = False,
    progress: Progress | None = None,
) -> LabReport:
    """The report of the lab that these arguments are; ModelError when the server does not answer any more.

    Plans are drawn for A, as a run would draw them were each accepted. RefusedError for two versions that cannot be
    compared, and for a model that does not read prompts. `confirm` names a training run whose classifier reads the
    labels of the replies.
    """
    for name, value, most in (("plans", plans, MOST_PLANS), ("replies a plan", replies, MOST_REPLIES)):
        if not 1 <= value <= most:
            raise InputError(f"{value} {name} cannot be asked for", hint=f"1 to {most}")
    first, second = find_recipe(workspace, a), find_recipe(workspace, b)
    _refuse_unlike(workspace, first, second, like)
    if confirm is not None:
        confirmer(workspace, confirm, first.scheme)
    names = _named(workspace, first), _named(workspace, second)
    settings = LabSettings(first.hash, second.hash, *names, like, model, plans, replies, seed, confirm)
    lab_id = lab_id_of(settings)
    chat_model = open_model(
        model,
        endpoints=workspace.settings.endpoints,
        recordings=assets_folder() / "recordings",
        allow_address=allow_address,
        models=workspace.settings.models,
    )
    try:
        if not chat_model.capabilities.reads_prompt:
            raise RefusedError(
                f"'{model}' does not read the prompt: it replays recorded dialogues, so that both versions would get "
                "the same replies",
                hint="name a live model, openai:NAME#model or hf:FOLDER",
            )
        with only_one(workspace, "lab", lab_id):
            stored = workspace.store.labs.find(lab_id)
            if stored is None:
                stored = _begun(workspace, lab_id, settings, first, second, chat_model)
            if stored.report is not None:
                return stored.report
            _ask(workspace, stored, {Arm.A: first, Arm.B: second}, chat_model, progress)
    finally:
        chat_model.close()
    found = lab_report(workspace, lab_id)
    if found.complete:
        workspace.store.labs.finish(lab_id, found)
    return found


def lab_report(workspace: Workspace, lab_id: str) -> LabReport:
    """A lab as far as it has come; kept once it is complete."""
    stored = workspace.store.labs.get(lab_id)
    if stored.report is not None:
        return stored.report
    key = (workspace.settings.database_url, lab_id, workspace.store.labs.calls(lab_id))
    return _REPORTS.get(key, lambda: report_of(workspace, stored, _detectable_before(workspace, stored)))


def labs(workspace: Workspace) -> tuple[StoredLab, ...]:
    """All labs, the newest first."""
    return workspace.store.labs.list()


def detectable(workspace: Workspace, *, model: str, plans: int) -> Detectable:
    """What so many plans can show, with one reply each; several replies show a little more.

    The discordance is that of this workspace's complete labs with the same model, if they have enough plans, else
    assumed.
    """
    discordant, seen = 0.0, 0
    for lab in workspace.store.labs.list():
        if lab.report is not None and lab.settings.model == model and lab.report.discordance is not None:
            discordant += lab.report.discordance * lab.settings.plans
            seen += lab.settings.plans
    assumed = seen < ENOUGH_PLANS
    discordance = ASSUMED_DISCORDANCE if assumed else max(discordant / seen, 1 / seen)
    return Detectable(plans, discordance, assumed, detectable_difference(plans, discordance))


def why_not(workspace: Workspace, a: str, b: str, like: str) -> str:
    """Why these two cannot be compared; empty when they can."""
    try:
        _refuse_unlike(workspace, find_recipe(workspace, a), find_recipe(workspace, b), like)
    except RefusedError as error:
        return error.message
    return ""


def lab_id_of(settings: LabSettings) -> str:
    """Names do not count: two names of one text are the same version."""
    told = {key: value for key, value in asdict(settings).items() if key not in ("a_name", "b_name")}
    return f"lab-{hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:8]}"


def _refuse_unlike(workspace: Workspace, a: PromptRecipe, b: PromptRecipe, like: str) -> None:
    if a.hash == b.hash:
        raise RefusedError("A and B are the same version", hint="choose two versions: NAME@1 NAME@2, or their hashes")
    if a.scheme.names != b.scheme.names:
        raise RefusedError(
            f"A writes {', '.join(a.scheme.names)}, B {', '.join(b.scheme.names)}: no plan fits both",
            hint="choose two versions of the same label scheme",
        )
    if a.label_mode != b.label_mode:
        raise RefusedError(
            f"A has the label mode {a.label_mode}, B {b.label_mode}: no plan fits both",
            hint="choose two versions of the same label mode",
        )
    scheme = workspace.store.corpora.stored(like).scheme
    if scheme.names != a.scheme.names:
        raise RefusedError(
            f"the recipes write {', '.join(a.scheme.names)}, '{like}' has {', '.join(scheme.names)}",
            hint="choose a corpus of the same label scheme",
        )


def _named(workspace: Workspace, recipe: PromptRecipe) -> str:
    workspace.store.recipes.add(recipe.hash, recipe.name, recipe.text)
    version = next(v.version for v in workspace.store.recipes.versions(recipe.name) if v.hash == recipe.hash)
    return f"{recipe.name}@{version}"


def _begun(
    workspace: Workspace, lab_id: str, settings: LabSettings, a: PromptRecipe, b: PromptRecipe, model: ChatModel
) -> StoredLab:
    """Stored with its plans, after both versions were rendered for each of them."""
    plans = tuple(_plans(_target(workspace, a, settings.like), a, settings))
    for recipe in (a, b):
        prompt = _prompts(workspace, recipe, settings, model)
        for plan in plans:
            prompt(plan)
    workspace.store.labs.create(lab_id, settings, plans)
    return workspace.store.labs.get(lab_id)


def _target(workspace: Workspace, recipe: PromptRecipe, like: str) -> LabelTarget:
    even = dict.fromkeys(recipe.scheme.names, 1 / len(recipe.scheme.names))
    whole = None if recipe.target is TargetMode.REPAIR else 1  # no other target depends on its size
    shares = even if recipe.target is TargetMode.CUSTOM else None
    return aim_of(workspace, recipe, like, shares=shares, utterances=whole).target


def _prompts(workspace: Workspace, recipe: PromptRecipe, settings: LabSettings, model: ChatModel) -> Prompt:
    """How a version asks for a plan: its own words of turns and examples come on top of what both share."""
    shots = shots_of(workspace, recipe, model)
    steering = Steering(recipe, _target(workspace, recipe, settings.like).style, settings.seed, shots)

    def prompt(plan: LabelPlan) -> tuple[ChatMessage, ...]:
        steered = steering.steered(plan, {}, 0)
        return render(recipe, steered, shown(shots, steered))

    return prompt


def _plans(target: LabelTarget, recipe: PromptRecipe, settings: LabSettings) -> Iterator[LabelPlan]:
    planner = Planner(target, recipe, settings.seed)
    labels: Counter[str] = Counter(dict.fromkeys(recipe.scheme.names, 0))
    passages = Passages()
    for ordinal in range(settings.plans):
        plan = planner.next(ordinal, labels, {}, standing=Standing(passages))
        if plan is None:
            return
        labels.update(plan.expected)  # a Counter adds floats as well
        if plan.sequence:
            passages.add(list(zip(plan.turn_speakers, plan.sequence, strict=True)))
        yield plan


def _ask(
    workspace: Workspace,
    stored: StoredLab,
    recipes: dict[Arm, PromptRecipe],
    model: ChatModel,
    progress: Progress | None,
) -> None:
    """Asks for each reply that is missing; each is stored before another is asked for in its place."""
    there, numbers = set[tuple[Arm, str, int]](), Counter[tuple[Arm, str, int]]()
    for reply in workspace.store.labs.replies(stored.id):
        key = (reply.arm, reply.plan, reply.reply)
        numbers[key] += 1
        there.update({key} if not reply.error else ())
    wanted = list(_order(stored))
    waiting = iter([one for one in wanted if one.key not in there])
    prompts = {arm: _prompts(workspace, recipe, stored.settings, model) for arm, recipe in recipes.items()}
    under_way: dict[str, _Wanted] = {}
    failures, left = 0, True
    with Window(model, max(1, min(AT_ONCE, model.capabilities.window))) as window:
        while left or under_way:
            while left and len(window) < max(1, min(AT_ONCE, model.capabilities.window)):
                one = next(waiting, None)
                if one is None:
                    left = False
                    break
                name = f"{stored.id}/{one.arm}/{one.plan.id}/{one.reply}"
                under_way[name] = one
                window.submit(name, _request(name, one, recipes[one.arm], prompts[one.arm], stored.settings.seed))
            for answer in window.finished() if under_way else ():
                one = under_way.pop(answer.plan)
                reply = _reply(stored, one, numbers[one.key], answer)
                workspace.store.labs.add_reply(reply)
                there.update({one.key} if not reply.error else ())
                if progress is not None:
                    progress(len(there), len(wanted))
                failures = failures + 1 if reply.error else 0
                if failures >= FAILURES_IN_A_ROW and isinstance(answer.reply, ModelError):
                    raise answer.reply


def _order(stored: StoredLab) -> Iterator[_Wanted]:
    """Both versions of a plan one after the other, and each version first every other time: no drift favours one."""
    for plan in stored.plans:
        for reply in range(stored.settings.replies):
            arms = (Arm.A, Arm.B) if (plan.ordinal + reply) % 2 == 0 else (Arm.B, Arm.A)
            yield from (_Wanted(arm, plan, reply) for arm in arms)


def seed_of(seed: int, plan: LabelPlan, reply: int) -> int:
    """The same for both versions; 31 bits, which every server takes."""
    key = f"lab/{seed}/{plan.id}/{reply}".encode()
    return int.from_bytes(hashlib.blake2b(key, digest_size=4).digest(), "big") & 0x7FFFFFFF


def _request(name: str, one: _Wanted, recipe: PromptRecipe, prompt: Prompt, seed: int) -> ChatRequest:
    return ChatRequest(
        id=name,
        messages=prompt(one.plan),
        sampling=recipe.sampling,
        seed=seed_of(seed, one.plan, one.reply),
        protocol=recipe.protocol,
    )


def _reply(stored: StoredLab, one: _Wanted, number: int, answer: Answer) -> LabReply:
    came = answer.reply if isinstance(answer.reply, Completion) else None
    failed = "" if isinstance(answer.reply, Completion) else f"{answer.reply.code}: {answer.reply.message}"
    return LabReply(
        lab=stored.id,
        arm=one.arm,
        plan=one.plan.id,
        reply=one.reply,
        number=number,
        seed=seed_of(stored.settings.seed, one.plan, one.reply),
        text=came.text if came else "",
        finish=came.finish if came else "",
        prompt_tokens=came.prompt_tokens if came else None,
        completion_tokens=came.completion_tokens if came else None,
        seconds=came.seconds if came else answer.seconds,
        injected=came.injected if came else None,
        error=failed,
    )


def _detectable_before(workspace: Workspace, stored: StoredLab) -> Detectable:
    return detectable(workspace, model=stored.settings.model, plans=stored.settings.plans)


def recipes_of(workspace: Workspace, settings: LabSettings) -> dict[Arm, PromptRecipe]:
    """Both versions, as they were."""
    store = workspace.store.recipes
    return {Arm.A: parse_recipe(store.get(settings.a)), Arm.B: parse_recipe(store.get(settings.b))}
