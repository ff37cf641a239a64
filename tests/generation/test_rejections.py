"""Every reason to reject, produced for real: a recorded reply broken in one way is rejected for exactly that."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from erc_engine.domain.conversation import Dialogue, Split
from erc_engine.domain.generation import LabelTarget, PromptRecipe, Protocol, RejectReason
from erc_engine.domain.generation_runs import Attempt
from erc_engine.domain.labels import LabelScheme
from erc_engine.generation.gate import Gate
from erc_engine.generation.recipes import bundled_recipes
from erc_engine.generation.run import Finished, run
from erc_engine.llm.faults import COPY_FAULTS, FAIL_FAULTS, NOISE_FAULTS
from erc_engine.llm.replay import ReplayModel
from tests.builders import dialogue
from tests.generation.builders import settings

PLANTED = (
    "The ferry left without any of us on that cold grey morning.",
    "Nobody told the gardener that the roses were already sold",
)
TEST_SPLIT = dialogue(*[f"Ana: {text} [neutral]" for text in PLANTED], id="t0", split=Split.TEST)


def even(scheme: LabelScheme) -> LabelTarget:
    return LabelTarget(scheme, dict.fromkeys(scheme.names, 1 / len(scheme.names)), {8: 1.0}, {2: 1.0}, 0.2, "a test")


def driven(assets: Path, recipe: PromptRecipe, faults: str, *, attempts: int = 30) -> list[Attempt]:
    from erc_engine.curation.contamination import ContaminationIndex
    from erc_engine.curation.duplicates import DuplicateIndex

    seen = DuplicateIndex(recipe.checks.near_duplicate)
    clean = ContaminationIndex([("meld:test", [TEST_SPLIT])])

    def duplicate_of(dialogue: Dialogue) -> str | None:
        found = seen.nearest(dialogue)
        return found[0] if found else None

    def contamination(dialogue: Dialogue) -> str | None:
        found = clean.check(dialogue)
        return found[0].source if found else None

    events = run(
        settings(100_000, max_attempts=attempts),
        recipe,
        even(recipe.scheme),
        ReplayModel(f"replay:?faults={faults}", assets / "recordings", plant=PLANTED),
        history=(),
        attempts=(),
        dialogue_prefix="extra",
        gate=Gate(duplicate_of, seen.add, contamination),
        stop=lambda: None,
    )
    return [event.attempt for event in events if isinstance(event, Finished)]


def outcomes(attempts: list[Attempt]) -> Counter[tuple[str, str]]:
    return Counter((str(attempt.state), attempt.reason) for attempt in attempts)


@pytest.fixture(scope="module")
def bundled(assets: Path) -> dict[str, PromptRecipe]:
    return bundled_recipes(assets / "recipes")


@pytest.fixture(params=["meld-balanced", "emorynlp-matched", "iemocap-balanced"])
def recipe(request: pytest.FixtureRequest, bundled: dict[str, PromptRecipe]) -> PromptRecipe:
    return bundled[request.param]


@pytest.mark.parametrize("protocol", list(Protocol))
@pytest.mark.parametrize(
    "reason", [r for r in RejectReason if r not in (RejectReason.NEAR_DUPLICATE, RejectReason.UNVERIFIED)]
)
def test_each_fault_is_rejected_for_exactly_its_reason(
    assets: Path, recipe: PromptRecipe, reason: RejectReason, protocol: Protocol
) -> None:
    attempts = driven(assets, replace(recipe, protocol=protocol), f"{reason}:1.0")
    assert outcomes(attempts) == {("rejected", reason.value): 30}
    assert {attempt.injected for attempt in attempts} == {reason.value}
    assert all(attempt.detail for attempt in attempts)


@pytest.mark.parametrize("protocol", list(Protocol))
def test_all_near_duplicates_but_the_first_are_rejected_as_such(
    assets: Path, recipe: PromptRecipe, protocol: Protocol
) -> None:
    attempts = driven(assets, replace(recipe, protocol=protocol), "near_duplicate:1.0")
    assert outcomes(attempts) == {("accepted", ""): 1, ("rejected", "near_duplicate"): 29}


@pytest.mark.parametrize("protocol", list(Protocol))
@pytest.mark.parametrize("kind", COPY_FAULTS)
def test_every_planted_copy_of_a_test_turn_is_caught(
    assets: Path, recipe: PromptRecipe, kind: str, protocol: Protocol
) -> None:
    attempts = driven(assets, replace(recipe, protocol=protocol), f"{kind}:1.0")
    assert outcomes(attempts) == {("rejected", "contaminated"): 30}


@pytest.mark.parametrize("protocol", list(Protocol))
@pytest.mark.parametrize("kind", NOISE_FAULTS)
def test_noise_is_mended_recorded_and_accepted(
    assets: Path, recipe: PromptRecipe, kind: str, protocol: Protocol
) -> None:
    attempts = driven(assets, replace(recipe, protocol=protocol), f"{kind}:1.0", attempts=30)
    assert outcomes(attempts) == {("accepted", ""): 30}
    assert all(attempt.repairs for attempt in attempts)


@pytest.mark.parametrize("kind", FAIL_FAULTS)
def test_each_failure_is_booked_for_its_reason_and_marked_as_injected(
    assets: Path, bundled: dict[str, PromptRecipe], kind: str
) -> None:
    attempts = driven(assets, bundled["meld-balanced"], f"{kind}:1.0")
    assert outcomes(attempts) == {("failed", kind): 10}  # then the run pauses
    assert {attempt.injected for attempt in attempts} == {kind}


def test_untouched_recordings_are_all_accepted(assets: Path, recipe: PromptRecipe) -> None:
    attempts = driven(assets, recipe, "", attempts=1_000)
    assert set(outcomes(attempts)) == {("accepted", "")}
    assert {attempt.repairs for attempt in attempts} == {()}
