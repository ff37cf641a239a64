"""Our own cost per accepted dialogue: planning, rendering, parsing, checks, duplicates and the ledger, no model.

Recorded dialogues stand in for the model, the ledger is a real SQLite file, and a twentieth of the replies is broken in
some way. CPU and wall milliseconds per dialogue; the parts alone, so that a slow one is seen.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.measurement import ROOT, Measurement
from erc_engine.curation.duplicates import DuplicateIndex
from erc_engine.domain.conversation import Corpus, Dialogue, Origin
from erc_engine.domain.generation import Completion, LabelPlan, LabelTarget, PromptRecipe
from erc_engine.domain.generation_runs import RunSettings
from erc_engine.generation.checks import judge_reply
from erc_engine.generation.gate import Gate
from erc_engine.generation.label_plan import Planner
from erc_engine.generation.parsing import parse
from erc_engine.generation.prompts import render
from erc_engine.generation.recipes import bundled_recipes
from erc_engine.generation.run import Event, Finished, Planned, Submitted, run
from erc_engine.llm.replay import ReplayModel
from erc_engine.store.database import open_store

GOAL_MS = 2.0
ASSETS = ROOT / "assets"
RUNS = 3  # the median of so many runs of the 200 recordings


def measure() -> Iterator[Measurement]:
    recipe = bundled_recipes(ASSETS / "recipes")["meld-balanced"]
    target = _target(recipe)
    with tempfile.TemporaryDirectory() as folder:
        timed = [_run_ms(recipe, target, f"sqlite:///{folder}/{n}.db") for n in range(RUNS + 1)][1:]
    wall, cpu, alone = (sorted(column)[RUNS // 2] for column in zip(*timed, strict=True))
    yield Measurement("generation_ms_per_dialogue", wall, GOAL_MS)
    yield Measurement("generation_cpu_ms_per_dialogue", cpu, GOAL_MS)
    yield Measurement("generation_without_ledger_ms_per_dialogue", alone, GOAL_MS)
    yield from _parts(recipe, target)


def _target(recipe: PromptRecipe) -> LabelTarget:
    names = recipe.scheme.names
    even = dict.fromkeys(names, 1 / len(names))
    rows = dict.fromkeys(names, even)
    return LabelTarget(recipe.scheme, even, {8: 0.5, 12: 0.5}, {2: 1.0}, 0.2, "uniform", own=rows, other=rows)


def _run_ms(recipe: PromptRecipe, target: LabelTarget, url: str) -> tuple[float, float, float]:
    """Wall and CPU milliseconds per accepted dialogue with the ledger, and wall without its share."""
    seen = DuplicateIndex(recipe.checks.near_duplicate)
    settings = RunSettings("bench", recipe.hash, recipe.name, "meld", 10**6, "replay:", seed=1, max_attempts_per_plan=9)
    model = ReplayModel("replay:?faults=all:0.05", ASSETS / "recordings")
    model.menu(recipe.recordings or "")
    ledger_seconds, accepted = 0.0, 0
    with open_store(url) as store:
        store.recipes.add(recipe.hash, recipe.name, recipe.text)
        store.runs.create("bench", settings)
        store.corpora.create_empty(Corpus("bench", "generated", recipe.scheme, (), origin=Origin.RECORDED))

        new_plan: list[LabelPlan] = []

        def persist(event: Event) -> bool:
            """As the workflow does: a plan goes in with its first attempt."""
            match event:
                case Planned(plan):
                    new_plan.append(plan)
                case Submitted(attempt):
                    store.runs.start_attempt(attempt, new_plan=new_plan.pop() if new_plan else None)
                case Finished(attempt):
                    into = "bench" if attempt.state == "accepted" else None
                    store.runs.finish_attempt(attempt, dialogue_into=into)
                    return attempt.state == "accepted"
            return False

        wall, cpu = time.perf_counter(), time.process_time()
        for event in run(
            settings, recipe, target, model, history=(), attempts=(), dialogue_prefix="bench",
            gate=Gate(_twin(seen), seen.add), stop=lambda: None,
        ):  # fmt: skip
            before = time.perf_counter()
            accepted += persist(event)
            ledger_seconds += time.perf_counter() - before
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return 1_000 * wall / accepted, 1_000 * cpu / accepted, 1_000 * (wall - ledger_seconds) / accepted


def _twin(seen: DuplicateIndex) -> Callable[[Dialogue], str | None]:
    def twin(dialogue: Dialogue) -> str | None:
        found = seen.nearest(dialogue)
        return found[0] if found else None

    return twin


def _parts(recipe: PromptRecipe, target: LabelTarget) -> Iterator[Measurement]:
    """Milliseconds of each step alone, over all recordings of the set."""
    from erc_engine.llm.protocol import write
    from erc_engine.llm.recordings import Recordings

    recordings = Recordings(Path(ASSETS / "recordings")).of(recipe.recordings or "")
    menu = tuple(recording.item for recording in recordings)
    replies = [write(recording.turns, recipe.protocol) for recording in recordings]
    recorded, live = Planner(target, recipe, 1, menu), Planner(target, recipe, 1)
    plans = [plan for n in range(len(menu)) if (plan := live.next(n, {"joy": n}, {})) is not None]
    parsed = [parse(reply, recipe.protocol, recipe.scheme) for reply in replies]
    asked: dict[str, Callable[[int], object]] = {
        "plan_recorded": lambda n: recorded.next(n, {"joy": n}, {}),
        "plan_live": lambda n: live.next(n, {"joy": n}, {}),
        "render_prompt": lambda n: render(recipe, plans[n]),
        "parse_reply": lambda n: parse(replies[n], recipe.protocol, recipe.scheme),
    }
    by_request = [Planner(target, recipe, 1, [item]).next(n, {}, {}) for n, item in enumerate(menu)]
    for name, step in asked.items():
        yield Measurement(f"generation_{name}_ms", _each_ms(step, len(menu)), 1.0)
    judged = _each_ms(
        lambda n: judge_reply(parsed[n], by_request[n], recipe, Completion(replies[n]), dialogue_id="d"),  # type: ignore[arg-type]
        len(menu),
    )
    yield Measurement("generation_check_reply_ms", judged, 1.0)


def _each_ms(step: Callable[[int], object], count: int) -> float:
    start = time.perf_counter()
    for n in range(count):
        step(n)
    return 1_000 * (time.perf_counter() - start) / count
