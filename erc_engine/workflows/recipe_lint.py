"""What is wrong, or likely not meant, in a recipe: its text, its limits, its examples, and what the model can follow.

    report = lint_recipe(workspace, "mine.yaml", like="meld", model="openai:lab#qwen")
    report.errors          # 2
    report.findings[0]     # Finding(ERROR, "templates", "the number of turns is never told, …", "write {{ turns }}")

Without `like` nothing is said of lengths, without `model` nothing of what it can follow. No model is called.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path

from erc_engine.domain.conversation import Dialogue, Split
from erc_engine.domain.generation import LabelMode, LabelPlan, LabelTarget, ParsedTurn, PromptRecipe
from erc_engine.domain.recipe_lint import Finding, LintReport, Severity, by_severity
from erc_engine.errors import ErcError, InputError, NotFoundError
from erc_engine.generation.label_plan import TOKENS_PER_TURN
from erc_engine.generation.prompt_size import TokenCount, estimate, tokenizer_of
from erc_engine.generation.prompts import render
from erc_engine.generation.recipe_lint import lint
from erc_engine.llm.chat_model import Capabilities
from erc_engine.llm.local.spec import parse_spec
from erc_engine.llm.protocol import write
from erc_engine.workflows.prompt_samples import sample_plans, sample_target
from erc_engine.workflows.recipes import find_recipe
from erc_engine.workflows.remembered import Remembered
from erc_engine.workflows.run_orders import model_of
from erc_engine.workflows.shots import shots_of, shown
from erc_engine.workflows.workspace import Workspace

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE
PLANS = 12  # whose prompts are measured
OFTEN = 0.01  # of turns or dialogues: what is rarer than this is no contradiction
LOCAL = "hf:"
_FOUND: Remembered[tuple[Finding, ...]] = Remembered(32)


@dataclass(frozen=True)
class _Model:
    spec: str
    reads_prompt: bool
    local: bool
    count: TokenCount


def lint_recipe(workspace: Workspace, given: str, *, like: str | None = None, model: str | None = None) -> LintReport:
    """A recipe that cannot be used is one finding: why it is refused. One that there is not raises as elsewhere."""
    try:
        recipe = find_recipe(workspace, given)
    except NotFoundError:
        raise
    except InputError as error:
        return LintReport(given, (Finding(ERROR, "recipe", f"refused: {error.message}", error.hint),))
    return LintReport(recipe.name, lint_text(workspace, recipe, like=like, model=model))


def lint_text(
    workspace: Workspace, recipe: PromptRecipe, *, like: str | None = None, model: str | None = None
) -> tuple[Finding, ...]:
    """All findings on a recipe that can be read, errors first."""
    found = list(lint(recipe))
    known = _model(workspace, model, like, found) if model else None
    examples = list(_examples(workspace, recipe, known))
    found += examples
    target = _target(workspace, recipe, like, found) if like else None
    if target is not None:
        found += _limits(recipe, target)
    if known is not None:
        found += _followed(recipe, known)
    if not any(f.severity is ERROR for f in examples):
        found += _sizes(workspace, recipe, like if target is not None else None, known)
    return by_severity(found)


def lint_remembered(
    workspace: Workspace, recipe: PromptRecipe, *, like: str | None = None, model: str | None = None
) -> tuple[Finding, ...]:
    """The same, looked at once for one text until the corpora change: a page asks at every key press."""
    key = lint_mark(workspace, recipe, like, model)
    return _FOUND.get(key, lambda: lint_text(workspace, recipe, like=like, model=model))


def lint_mark(workspace: Workspace, recipe: PromptRecipe, like: str | None, model: str | None) -> tuple[Hashable, ...]:
    """Equal marks mean equal findings."""
    sources = [like, recipe.shots.source if recipe.shots else None]
    there = workspace.store.corpora.names()
    marks = tuple(workspace.store.browsing.mark(name) if name in there else None for name in sources if name)
    return (workspace.settings.database_url, recipe.hash, like, model, marks)


def _model(workspace: Workspace, spec: str, like: str | None, found: list[Finding]) -> _Model | None:
    if spec.startswith(LOCAL):
        try:
            folder = parse_spec(spec, workspace.settings.models).folder
            return _Model(spec, True, True, tokenizer_of(folder or Path(spec.removeprefix(LOCAL))))
        except InputError as error:
            found.append(Finding(NOTE, "model", f"its tokens are estimated: {error.message}", error.hint))
            return _Model(spec, True, True, estimate())
    try:
        opened = model_of(workspace, spec, like, allow_address=True)  # opened, never called
    except ErcError as error:
        found.append(Finding(ERROR, "model", error.message, error.hint))
        return None
    can: Capabilities = opened.capabilities
    opened.close()
    return _Model(spec, can.reads_prompt, can.local, estimate())


def _target(workspace: Workspace, recipe: PromptRecipe, like: str, found: list[Finding]) -> LabelTarget | None:
    stored = workspace.store.corpora.stored(like)
    if stored.scheme.names != recipe.scheme.names:
        found.append(
            Finding(
                ERROR, "scheme", f"'{like}' has the labels {', '.join(stored.scheme.names)}",
                "choose a corpus of the recipe's label scheme",
            )
        )  # fmt: skip
        return None
    try:
        return sample_target(workspace, recipe, like)
    except InputError as error:
        found.append(Finding(ERROR, "target", error.message, error.hint))
        return None


def _examples(workspace: Workspace, recipe: PromptRecipe, model: _Model | None) -> Iterator[Finding]:
    if recipe.shots is None:
        return
    try:
        stored = workspace.store.corpora.stored(recipe.shots.source)
        shots_of(workspace, recipe, None)
    except ErcError as error:
        yield Finding(ERROR, "shots", error.message, error.hint)
        return
    if stored.licence.may_leave_machine or model is None or not model.reads_prompt:
        if not stored.licence.may_leave_machine:
            yield Finding(
                NOTE, "shots", f"text of '{stored.name}' ({stored.licence.name}) may not leave this machine",
                "only models on this machine are shown examples of it",
            )  # fmt: skip
    elif not model.local:
        yield Finding(
            ERROR, "shots", f"text of '{stored.name}' ({stored.licence.name}) may not leave this machine, "
            f"and '{model.spec}' is elsewhere",
            "use a model on this machine, or a recipe without shots",
        )  # fmt: skip


def _limits(recipe: PromptRecipe, target: LabelTarget) -> Iterator[Finding]:
    """Limits of the recipe that contradict the dialogues it is to be like."""
    most = recipe.sampling.max_tokens // TOKENS_PER_TURN
    cut = sum(share for turns, share in target.lengths.items() if turns > most)
    if cut >= OFTEN:
        yield Finding(
            WARNING, "sampling.max_tokens", f"dialogues of more than {most} turns are never asked for: "
            f"{cut:.0%} of those to be like", f"{max(target.lengths) * TOKENS_PER_TURN} or more",
        )  # fmt: skip
    longer = sum(share for words, share in target.style.words.items() if words > recipe.checks.max_words)
    if longer >= OFTEN:
        yield Finding(
            WARNING, "checks.max_words", f"{longer:.0%} of the turns to be like have more than "
            f"{recipe.checks.max_words} words, which is refused", "raise it",
        )  # fmt: skip
    many = sum(share for n, share in target.speakers.items() if n > len(recipe.names))
    if many >= OFTEN:
        yield Finding(
            WARNING, "names", f"{len(recipe.names)} names, but {many:.0%} of the dialogues to be like have more "
            "speakers",
            f"{max(target.speakers)} names or more",
        )  # fmt: skip
    if target.same_speaker >= OFTEN and recipe.label_mode is not LabelMode.SEQUENCE and not recipe.style.speakers:
        yield Finding(
            NOTE, "style.speakers", f"{target.same_speaker:.0%} of the turns to be like are by the speaker of the turn "
            "before; recordings, left to themselves, have .3%", "style: {speakers: like}",
        )  # fmt: skip


def _followed(recipe: PromptRecipe, model: _Model) -> Iterator[Finding]:
    if model.reads_prompt:
        return
    if recipe.label_mode is LabelMode.SEQUENCE:
        yield Finding(
            ERROR, "label_mode", f"'{model.spec}' replays recordings and cannot follow a label sequence",
            "label_mode budget or free, or a live model",
        )  # fmt: skip
    if recipe.recordings is None:
        yield Finding(ERROR, "recordings", f"names none that '{model.spec}' could serve", "a live model")
    if recipe.shots is not None or recipe.style.words or recipe.style.openers or recipe.forbidden:
        yield Finding(
            WARNING, "style", f"'{model.spec}' reads no prompt: words, openers, rules and shots change nothing",
            "they take effect with a live model",
        )  # fmt: skip


def _sizes(workspace: Workspace, recipe: PromptRecipe, like: str | None, model: _Model | None) -> Iterator[Finding]:
    """Tokens of the longest of some prompts, and of the longest dialogue of train that a plan can ask for."""
    count = model.count if model else estimate()
    try:
        plans = sample_plans(workspace, recipe, like, seed=1, count=PLANS)
        pool = shots_of(workspace, recipe, None)
        prompts = [_prompt_tokens(recipe, plan, shown(pool, plan), count) for plan in plans]
    except ErcError as error:
        yield Finding(ERROR, "templates", error.message, error.hint)
        return
    longest = max(prompts, default=0)
    yield Finding(NOTE, "templates", f"the prompt has up to {longest:,} tokens ({count.said})")
    most = recipe.sampling.max_tokens
    if count.context is not None and longest + most > count.context:
        yield Finding(
            ERROR, "sampling.max_tokens", f"prompt and reply may take {longest + most:,} tokens, "
            f"the model {count.context:,}",
            f"{max(16, count.context - longest):,} at most, or a shorter prompt",
        )  # fmt: skip
    if like is None:
        return
    turns = most // TOKENS_PER_TURN
    train = workspace.store.corpora.get(like, splits=(Split.TRAIN,)).dialogues
    replies = [count.tokens(_as_reply(recipe, d)) for d in train if 2 <= len(d) <= turns]
    over = sum(n > most for n in replies)
    if replies and over / len(replies) >= OFTEN:
        yield Finding(
            WARNING, "sampling.max_tokens", f"{over / len(replies):.0%} of the dialogues to be like take more than "
            f"{most:,} tokens when written in {recipe.protocol}, up to {max(replies):,} ({count.said})",
            f"{max(replies):,} or more; the turns of recordings are over twice as long as MELD's",
        )  # fmt: skip


def _prompt_tokens(recipe: PromptRecipe, plan: LabelPlan, shots: tuple[Dialogue, ...], count: TokenCount) -> int:
    return sum(count.tokens(message.content) for message in render(recipe, plan, shots))


def _as_reply(recipe: PromptRecipe, dialogue: Dialogue) -> str:
    return write((ParsedTurn(u.speaker, u.label, u.text) for u in dialogue.utterances), recipe.protocol)
