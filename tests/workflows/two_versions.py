"""Two versions of a recipe and a live model that keeps to the plan of one more often than to that of the other."""

from __future__ import annotations

import random
from dataclasses import replace

from erc_engine.domain.generation import ChatRequest, Completion
from erc_engine.workflows.prompt_studio import draft, save
from erc_engine.workflows.recipes import find_recipe
from erc_engine.workflows.workspace import Workspace
from tests.generation.builders import PLAN_AS_TEXT, ObedientModel, obey

LIVE = "openai:http://127.0.0.1:9/v1#careful"
CAREFUL = "Keep to the plan."


def add_versions(workspace: Workspace, *systems: str) -> list[str]:
    """A version of `meld-balanced` for each system prompt, as NAME@VERSION; the user prompt is the plan as text."""
    base = find_recipe(workspace, "meld-balanced")
    names = []
    for system in systems:
        made = draft(base, system, PLAN_AS_TEXT).recipe
        assert made is not None
        saved = save(workspace, base, made)
        names.append(f"{saved.name}@{saved.version}")
    return names


def written(request: ChatRequest) -> str:
    """The dialogue that is asked for, in invented words, so that no two are alike."""
    draw = random.Random(f"words/{request.seed}")
    lines = []
    for line in obey(request).splitlines():
        invented = ("".join(draw.choices(("ba", "lo", "ki", "mu", "te", "ran"), k=4)) for _ in range(6))
        lines.append(f"{line.partition(': ')[0]}: {' '.join(invented)}.")
    return "\n".join(lines)


def forgetful(request: ChatRequest, draw: random.Random) -> str:
    """Without being told to keep to the plan it leaves out the last turn of half its dialogues."""
    text = written(request)
    if CAREFUL in request.messages[0].content or draw.random() < 0.5:
        return text
    return "\n".join(text.splitlines()[:-1])


class TellsTokens(ObedientModel):
    def complete(self, request: ChatRequest) -> Completion:
        whole = super().complete(request)
        return replace(whole, prompt_tokens=100, completion_tokens=len(whole.text.split()), seconds=0.25)
