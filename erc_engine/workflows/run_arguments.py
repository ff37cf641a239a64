"""What a run may be asked for: every argument that cannot be meant is refused while nothing is stored yet.

check_numbers(settings)                        # InputError: "the number of attempts cannot be 0"
refuse_changes(stored_run, settings)           # ConflictError when a run goes on with other arguments
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from enum import StrEnum
from typing import Any, TypeVar

from erc_engine.domain.generation import LabelTarget, PromptRecipe
from erc_engine.domain.generation_runs import RunSettings
from erc_engine.domain.verification import Below, GateSettings
from erc_engine.errors import ConflictError, InputError, RefusedError
from erc_engine.generation.label_plan import Planner
from erc_engine.generation.menu import menu_for
from erc_engine.llm.chat_model import ChatModel
from erc_engine.store.runs import StoredRun

MOST_AT_ONCE = 1024  # threads of one window
MOST_REPAIRS = 5  # requests for new turns of one dialogue
Choice = TypeVar("Choice", bound=StrEnum)


def below_of(given: str) -> Below:
    if given not in tuple(Below):
        raise InputError(f"--below cannot be '{given}'", hint=f"one of: {', '.join(Below)}")
    return Below(given)


def checked_gate(gate: GateSettings | None) -> GateSettings | None:
    if gate is not None and not (0 < gate.threshold <= 1 and 0 <= gate.most_masked <= 1):
        raise InputError("a threshold is above 0 and at most 1, the share of masked turns from 0 to 1")
    return gate


def choice(kind: type[Choice], given: str | None) -> Choice | None:
    if given is None or given in tuple(kind):
        return None if given is None else kind(given)
    raise InputError(f"there is no target '{given}'", hint=f"one of: {', '.join(kind)}")


def check_count(what: str, value: int | None, most: float = math.inf) -> None:
    if value is not None and not 1 <= value <= most:
        raise InputError(
            f"the number of {what} cannot be {value:,}",
            hint="1 or more" + (f", up to {most:,}" if most < math.inf else ""),
        )


def check_numbers(settings: RunSettings) -> None:
    check_count("utterances", settings.utterances)
    check_count("requests in the window", settings.window, MOST_AT_ONCE)
    check_count("attempts per plan", settings.max_attempts_per_plan)
    check_count("attempts", settings.max_attempts)
    check_count("tokens", settings.max_tokens)
    if not 0 <= settings.repairs <= MOST_REPAIRS:
        raise InputError(f"turns cannot be asked for again {settings.repairs} times", hint=f"0 to {MOST_REPAIRS}")
    minutes = settings.max_minutes
    if minutes is not None and not 0 < minutes < math.inf:
        raise InputError(f"a run cannot be bounded to {minutes} minutes", hint="a number above 0")


def check_plannable(settings: RunSettings, recipe: PromptRecipe, target: LabelTarget, model: ChatModel) -> None:
    """Raises what `run` would raise at its start, while nothing of the run is stored yet."""
    Planner(target, recipe, settings.seed, menu_for(recipe, model), settings.utterances)
    if settings.max_tokens is not None and not model.capabilities.reads_prompt:
        raise RefusedError(
            f"'{model.spec}' tells no tokens, so that they cannot be bounded",
            hint="bound the attempts or the minutes instead",
        )


def refuse_changes(existing: StoredRun, wanted: RunSettings) -> None:
    wanted = replace(wanted, model_details=existing.settings.model_details)  # compared when the model is open
    before, now = (json.loads(json.dumps(asdict(s))) for s in (existing.settings, wanted))
    changed = {key: (before[key], now[key]) for key in now if before.get(key) != now[key]}
    if changed:
        listed = "; ".join(f"{key}: {_said(old)} → {_said(new)}" for key, (old, new) in changed.items())
        raise ConflictError(
            f"'{existing.settings.name}' was started with other arguments ({listed})",
            hint="give the first arguments to go on with it, or another --name to start anew",
        )


def _said(value: Any) -> str:
    return value[:12] if isinstance(value, str) and len(value) == 64 else json.dumps(value)
