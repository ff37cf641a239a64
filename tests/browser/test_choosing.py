"""Choosing in a picture: a lasso on the map and a click on a confusion give review queues of just those dialogues."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from erc_engine.settings import Settings
from erc_engine.workflows import disagreement
from erc_engine.workflows.similarity import corpus_map
from erc_engine.workflows.workspace import Workspace, open_workspace
from tests.browser.conftest import Served, Tab, opened
from tests.browser.reviewing import say_who

CHART = ".js-plotly-plot"
TO_PIXELS = """([chart, x, y]) => {
  const layout = chart._fullLayout, box = chart.getBoundingClientRect(), size = layout._size;
  return [box.left + size.l + layout.xaxis.d2p(x), box.top + size.t + layout.yaxis.d2p(y)];
}"""


@pytest.fixture
def workspace(shared_demo: Served) -> Iterator[Workspace]:
    with open_workspace(Settings.from_environment({"ERC_HOME": str(shared_demo.home)})) as found:
        yield found


def at(page: Any, chart: Any, x: float | str, y: float | str) -> tuple[float, float]:
    """Where a point of the data is on the screen."""
    left, top = page.evaluate(TO_PIXELS, [chart.element_handle(), x, y])
    return left, top


def queue_of(page: Any, length: int) -> list[str]:
    """The dialogues of the review queue, by going through it with the key for the next one."""
    found = []
    for number in range(1, length + 1):
        page.locator(".board .head", has_text=f"dialogue {number} of {length} ").wait_for()
        focus = page.locator(".board .bubble.focus").get_attribute("data-utterance")
        found.append(focus.rpartition(":")[0])
        page.keyboard.press("n")
    page.locator(".board .message", has_text="the last dialogue of the queue").wait_for()
    return found


def test_a_lasso_on_the_map_reviews_exactly_the_dialogues_inside(
    shared_demo: Served, tab: Tab, workspace: Workspace
) -> None:
    points = sorted(corpus_map(workspace, "demo-copies").points, key=lambda p: p.x)
    gap, place = max((points[n].x - points[n - 1].x, n) for n in range(3, 8))
    inside = [p.dialogue for p in points[:place]]
    right = points[place - 1].x + gap / 2
    low, high = min(p.y for p in points), max(p.y for p in points)
    left, margin = points[0].x - 0.02 * (points[-1].x - points[0].x), 0.02 * (high - low)

    page = opened(tab(), f"{shared_demo.address}/dedupe?corpus=demo-copies&section=map")
    chart = page.locator(CHART).first
    chart.locator(".legend").wait_for()
    chart.scroll_into_view_if_needed()
    corners = [(left, low - margin), (left, high + margin), (right, high + margin), (right, low - margin)]
    path = [at(page, chart, x, y) for x, y in [*corners, corners[0]]]
    page.mouse.move(*path[0])
    page.mouse.down()
    for corner in path[1:]:
        page.mouse.move(*corner, steps=8)
    page.mouse.up()
    page.get_by_role("button", name=f"Review these {len(inside)} dialogues", exact=True).click()
    say_who(page, "lea")
    page.get_by_text(f"A list of {len(inside)} dialogues").wait_for()
    assert sorted(queue_of(page, len(inside))) == sorted(inside)


def test_a_click_on_a_confusion_reviews_exactly_the_dialogues_behind_the_cell(
    shared_demo: Served, tab: Tab, workspace: Workspace
) -> None:
    study = disagreement.open_study(workspace, "demo-sitcom", resamples=0)
    assert study.kind is not None
    majority = disagreement.majority_of(study.kind)
    found = disagreement.confusion(study, study.label_word, majority)
    pair = min((p for p in found.places if len(found.places[p]) > 2), key=lambda p: len(found.places[p]))
    dialogues = list(dict.fromkeys(place[0] for place in found.places[pair]))

    page = opened(tab(), f"{shared_demo.address}/disagreement?corpus=demo-sitcom")
    chart = page.locator(CHART).filter(has_text=majority).first
    review = page.get_by_role("button", name=f"Review these {len(found.places[pair])} in their dialogues")
    for _ in range(8):  # a chart that is just being drawn hears no click
        chart.scroll_into_view_if_needed()
        page.mouse.click(*at(page, chart, pair[1], pair[0]))
        for _ in range(12):
            page.wait_for_timeout(500)
            if review.is_visible():
                break
        if review.is_visible():
            break
    review.click()
    say_who(page, "lea")
    page.get_by_text(f"A list of {len(dialogues)} dialogues").wait_for()
    assert sorted(queue_of(page, len(dialogues))) == sorted(dialogues)
