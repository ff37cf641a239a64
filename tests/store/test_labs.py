"""Labs: every call is kept with its text exactly, a lab is begun once, and its first report stays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from erc_engine.domain.curation import Measured
from erc_engine.domain.prompt_lab import Arm, LabReply, LabSettings
from erc_engine.errors import ConflictError, NotFoundError
from erc_engine.store.database import Store
from tests.generation.builders import plan
from tests.ui.charts.test_lab import REPORT

SETTINGS = LabSettings("a" * 64, "b" * 64, "small@1", "small@2", "sitcom", "openai:x#y", 1, 1, 1)
REPLY = LabReply("lab-0", Arm.B, "p00000", 0, 0, 2**40, "1. Ana [joy]: \x00 \ud83d back\\slash", "stop", 31, None, 0.5)


def test_a_reply_comes_back_exactly_and_is_kept_once(store: Store) -> None:
    store.labs.create("lab-0", SETTINGS, [plan("joy", "anger")])
    store.labs.add_reply(REPLY)
    with pytest.raises(ConflictError):
        store.labs.add_reply(replace(REPLY, text="another"))
    failed = replace(REPLY, arm=Arm.A, text="", error="timeout: no answer")
    store.labs.add_reply(failed)
    assert store.labs.replies("lab-0") == (REPLY, failed)
    assert store.labs.calls("lab-0") == 2


def test_a_lab_is_begun_once_and_its_first_report_stays(store: Store) -> None:
    store.labs.create("lab-0", SETTINGS, [plan("joy", "anger")])
    store.labs.create("lab-0", replace(SETTINGS, seed=9), [])
    found = store.labs.get("lab-0")
    assert (found.settings, found.plans, found.report) == (SETTINGS, (plan("joy", "anger"),), None)
    store.labs.finish("lab-0", REPORT)
    store.labs.finish("lab-0", replace(REPORT, replied=0))
    assert store.labs.get("lab-0").report == REPORT
    assert REPORT.main.difference == Measured(0.5, (0.25, 0.75), 4)
    assert [lab.id for lab in store.labs.list()] == ["lab-0"]
    with pytest.raises(NotFoundError, match="there is no lab 'lab-1'") as error:
        store.labs.get("lab-1")
    assert error.value.hint == "labs: lab-0"


def test_the_last_promotion_counts_and_all_are_kept(store: Store) -> None:
    store.recipes.add("1" * 64, "small", "one")
    store.recipes.add("2" * 64, "small", "two")
    assert store.recipes.promoted("small") is None
    store.recipes.promote("small", "2" * 64, who="Ana", why="lab-0")
    store.recipes.promote("small", "1" * 64, who="Bo", why="too long")
    found = store.recipes.promoted("small")
    assert found is not None
    assert (found.hash, found.who) == ("1" * 64, "Bo")
    assert [(p.hash[:1], p.who, p.why) for p in store.recipes.promotions()] == [
        ("2", "Ana", "lab-0"),
        ("1", "Bo", "too long"),
    ]
    with pytest.raises(NotFoundError, match="'small' has no version"):
        store.recipes.promote("small", "3" * 64, who="Ana", why="")
