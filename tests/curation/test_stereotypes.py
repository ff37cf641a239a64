"""Names and traits against emotions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from erc_engine.curation.stereotypes import Speaking, associations, speaking
from erc_engine.domain.labels import custom_scheme
from tests.builders import dialogue

TWO = custom_scheme("two", ["joy", "sadness"])


def turns(name: str, joy: int, sadness: int) -> list[Speaking]:
    """One speaker of one dialogue for each turn."""
    return [Speaking(name, "", (label,)) for label, n in (("joy", joy), ("sadness", sadness)) for _ in range(n)]


def test_chi_squared_and_residuals_are_those_worked_out_by_hand() -> None:
    # [[3, 1], [1, 3]]: expected 2 everywhere, chi-squared 4 · 1²/2 = 2; residual 1 / √(2 · ½ · ½) = √2
    found = associations("name", [*turns("Ana", 3, 1), *turns("Bo", 1, 3)], TWO)
    assert found.chi_squared == pytest.approx(2)
    assert [(row.value, row.counts, row.turns) for row in found.rows] == [("Ana", (3, 1), 4), ("Bo", (1, 3), 4)]
    assert found.rows[0].residuals == pytest.approx((2**0.5, -(2**0.5)), abs=0.001)


def test_p_of_single_turns_is_that_of_the_hypergeometric_distribution() -> None:
    # of 70 ways to deal four joyful turns, 1 + 16 + 16 + 1 are at least as far from two and two
    found = associations("name", [*turns("Ana", 3, 1), *turns("Bo", 1, 3)], TWO, seed=3)
    assert found.p == pytest.approx(34 / 70, abs=0.04)
    assert all(row.adjusted == pytest.approx(min(1, 2 * row.p)) or row.adjusted == row.p for row in found.rows)


def test_turns_of_one_speaker_stay_together() -> None:
    """The same table from one dialogue: there is nothing but to swap the two, so it proves nothing."""
    found = associations(
        "name",
        [Speaking("Ana", "", ("joy", "joy", "joy", "sadness")), Speaking("Bo", "", ("joy", *["sadness"] * 3))],
        TWO,
    )
    assert (found.chi_squared, found.p) == (pytest.approx(2), 1.0)


def test_a_planted_stereotype_is_found_and_the_rest_is_not() -> None:
    even = [s for name in ("Bo", "Cy", "Dee", "Eve") for s in turns(name, 15, 15)]
    found = associations("name", [*turns("Ana", 0, 30), *even], TWO)
    ana = next(row for row in found.rows if row.value == "Ana")
    assert found.p < 0.01
    assert ana.adjusted < 0.01
    assert [row.value for row in found.rows if row.adjusted < 0.05] == ["Ana"]
    assert found.share("sadness")["Ana"] == pytest.approx(30 / 90)


def test_traits_come_from_the_plan_and_unlabelled_turns_do_not_count() -> None:
    d = replace(dialogue("Ana: a [joy]", "Bo: b", "Ana: c [sadness]"), extra={"traits": {"Ana": "shy"}})
    assert list(speaking([d])) == [Speaking("Ana", "shy", ("joy", "sadness")), Speaking("Bo", "", ())]


def test_one_name_alone_cannot_be_compared() -> None:
    found = associations("trait", [Speaking("Ana", "shy", ("joy",))], TWO)
    assert (found.p, found.rows, found.reason) == (None, (), "there are not two traits to compare")


def test_the_same_seed_gives_the_same_answer() -> None:
    given = [*turns("Ana", 5, 2), *turns("Bo", 3, 6), *turns("Cy", 1, 1)]
    assert associations("name", given, TWO, seed=4) == associations("name", given, TWO, seed=4)
