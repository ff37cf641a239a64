"""A matrix: where its numbers stand, that they can be read in both themes, and what a click means."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from ui.charts.matrix import LESS, LESS_MORE, MORE, clicked, matrix, pickable

THEMES = tomllib.loads((Path(__file__).parents[3] / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
TWO = matrix(["joy", "anger"], ["joy (4)", "anger (0)"], [[75, 25], [None, None]], [["3", "1"], ["", ""]], most=100)


def channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """As WCAG 2.1 has it: 21 for black on white."""

    def luminance(colour: tuple[float, ...]) -> float:
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def laid_over(colour: str, page: str) -> tuple[float, ...]:
    *over, thickness = (float(part) for part in colour.removeprefix("rgba(").removesuffix(")").split(","))
    return tuple(thickness * c / 255 + (1 - thickness) * p for c, p in zip(over, channels(page), strict=True))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("strongest", [LESS, MORE])
def test_the_ink_of_either_theme_can_be_read_on_the_strongest_cell(theme: str, strongest: str) -> None:
    cell = laid_over(strongest, THEMES[theme]["backgroundColor"])
    assert contrast(channels(THEMES[theme]["textColor"]), cell) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_accent_can_be_read_as_text_in_either_theme(theme: str) -> None:
    assert contrast(channels(THEMES[theme]["primaryColor"]), channels(THEMES[theme]["backgroundColor"])) >= 4.5


def test_numbers_stand_in_their_cells_and_rows_run_from_the_top() -> None:
    assert [(a.x, a.y, a.text) for a in TWO.layout.annotations] == [("joy", "joy (4)", "3"), ("anger", "joy (4)", "1")]
    assert all(a.font.color is None for a in TWO.layout.annotations)  # the theme's
    assert list(TWO.layout.yaxis.categoryarray) == ["anger (0)", "joy (4)"]  # Plotly counts from below


def test_signed_values_are_even_about_zero() -> None:
    heat = matrix(["joy"], ["joy"], [[-3]], [["-3"]], most=10, signed=True).data[0]
    assert (heat.zmin, heat.zmax) == (-10, 10)
    assert heat.colorscale == LESS_MORE


def test_cells_that_can_be_picked_carry_labels_and_not_places() -> None:
    points = pickable(TWO, {(0, 1): ("joy", "anger", "1 of 4")}, "%{customdata[2]}").data[1]
    assert (points.x, points.y) == (("anger",), ("joy (4)",))
    assert list(points.customdata[0]) == ["joy", "anger", "1 of 4"]


def test_a_click_names_the_cell_that_was_chosen_last() -> None:
    points = [{"customdata": ["joy", "joy", "3", "75"]}, {"customdata": ["joy", "anger", "1", "25"]}]
    assert clicked({"selection": {"points": points}}) == ("joy", "anger")
    assert clicked({"selection": {"points": []}}) is None
    assert clicked(None) is None
