"""The app as people wait for it, over the demo workspace and over a large one (20,000 dialogues, 60,000 votes).

app_demo_healthy_seconds        from the start of the server's process until /_stcore/health answers
app_demo_PAGE_first_seconds     from asking for an address until the heading stands and no script runs, in Chromium;
                                the server has served Home and the pages before: what this page works out is not at hand
app_demo_PAGE_answer_seconds    where that page said that it works something out: until the answer stood there
app_demo_PAGE_seconds           the same, opened again by another visitor; the median of three
app_demo_PAGE_server_cpu_seconds  of the same, what the server computed: a busy machine lengthens all but this
app_demo_PAGE_rerun_seconds     the whole page drawn again, in the browser: from Enter in the sidebar's field until the
                                script rests; the median of three
app_demo_review_browser_…_ms    from the key press until the store has acknowledged a label, and from N until the next
                                dialogue's bubbles stand; medians
app_large_review_next_ms        of the workflow: the next dialogue, its place taken, all that the board shows of it
app_large_review_save_ms        of the workflow: a label stored and read back

Then all of it as app_large_…. A page that works something out in the background, or has a job do it, is painted when
it says so.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.browser import answered, browser, painted, rerun, server, tab
from benchmarks.large_workspace import SERIES, build
from benchmarks.measurement import Measurement, erc_seconds
from erc_engine.domain.review import ReviewAction, ReviewEvent, ReviewMode
from erc_engine.settings import Settings
from erc_engine.workflows import review
from erc_engine.workflows.workspace import open_workspace

HEALTHY, PAINT, ANSWER, RERUN, SERVER_CPU = 3.0, 2.0, 10.0, 0.5, 1.0
WORKFLOW_MS, BROWSER_MS = 100.0, 400.0
AGAIN, KEYS, STEPS = 3, 10, 25
DEMO_PAGES = {
    "home": "",
    "datasets_browse": "datasets?section=browse",
    "datasets_import": "datasets?section=import",
    "datasets_audit": "datasets?section=audit",
    "datasets_versions": "datasets?section=versions",
    "datasets_export": "datasets?section=export",
    "prompt_studio": "prompt_studio",
    "generate": "generate",
    "generate_run": "generate?run=demo-balanced",
    "review": "review",
    "disagreement": "disagreement",
    "imbalance": "imbalance",
    "dedupe": "dedupe?corpus=demo-copies",
    "dedupe_contamination": "dedupe?corpus=demo-copies&section=contamination",
    "dedupe_map": "dedupe?corpus=demo-sitcom&section=map",
    "experiments": "experiments",
    "experiments_run": "experiments?section=run",
    "experiments_compare": "experiments?section=compare",
    "jobs": "jobs",
}
LARGE_PAGES = {
    **{name: address for name, address in DEMO_PAGES.items() if "demo-" not in address},
    "disagreement": f"disagreement?corpus={SERIES}",
    "dedupe": f"dedupe?corpus={SERIES}",
    "dedupe_contamination": "dedupe?corpus=made&section=contamination",
    "dedupe_map": f"dedupe?corpus={SERIES}&section=map",
    "review": f"review?corpus={SERIES}",
}


def measure() -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory() as folder:
        demo, large = Path(folder) / "demo", Path(folder) / "large"
        erc_seconds("demo", home=demo)
        build(large)
        with browser() as opened:
            if opened is not None:
                yield from pages(opened, "demo", demo, DEMO_PAGES)
                yield from pages(opened, "large", large, LARGE_PAGES)
        yield from review_workflow(large)


def pages(opened: Any, workspace: str, home: Path, addresses: dict[str, str]) -> Iterator[Measurement]:
    with server(home) as app:
        address = app.address
        yield Measurement(f"app_{workspace}_healthy_seconds", app.healthy_seconds, HEALTHY)
        with tab(opened) as page:
            painted(page, address)
        for name, path in addresses.items():
            begin = f"app_{workspace}_{name}"
            with tab(opened) as page:
                start = time.perf_counter()
                yield Measurement(f"{begin}_first_seconds", painted(page, f"{address}/{path}"), PAINT)
                if answered(page):
                    yield Measurement(f"{begin}_answer_seconds", time.perf_counter() - start, ANSWER)
            times, used = [], []
            for _ in range(AGAIN):
                before = app.cpu_seconds()
                with tab(opened) as page:
                    times.append(painted(page, f"{address}/{path}"))
                if before is not None and (after := app.cpu_seconds()) is not None:
                    used.append(after - before)
            yield Measurement(f"{begin}_seconds", median(times), PAINT)
            if used:
                yield Measurement(f"{begin}_server_cpu_seconds", median(used), SERVER_CPU)
            with tab(opened) as page:
                painted(page, f"{address}/{path}")
                yield Measurement(f"{begin}_rerun_seconds", median(reruns(page)), RERUN)
        with tab(opened) as page:
            yield from review_keys(page, f"{address}/{addresses['review']}", f"app_{workspace}_review")


def reruns(page: Any) -> list[float]:
    """Of the whole page, by a name typed in the sidebar and sent with Enter."""
    field = page.get_by_label("Annotator", exact=True)
    times = []
    for n in range(AGAIN):
        field.fill(f"visitor {n}")
        times.append(rerun(page, lambda: field.press("Enter")))
    return times


def review_keys(page: Any, address: str, begin: str) -> Iterator[Measurement]:
    """Of the browser: key press → saved, and N → the next dialogue's bubbles."""
    painted(page, address)
    page.get_by_label("Your name", exact=True).fill("stopwatch")
    page.get_by_role("button", name="Start", exact=True).click()
    page.locator(".board .bubble").first.wait_for()
    page.wait_for_timeout(1000)
    root = page.locator(".board").evaluate_handle("board => board.getRootNode()")  # a shadow root, closed to queries
    saves, steps = [], []
    for n in range(KEYS):
        start = time.perf_counter()
        page.keyboard.press(str(1 + n % 7))
        page.locator(".board .saved.unsaved").wait_for(state="detached")
        page.wait_for_function(
            "() => !JSON.parse(sessionStorage.getItem('erc.review.pending') || '[]').length", polling=10
        )
        saves.append(1000 * (time.perf_counter() - start))
        page.wait_for_timeout(100)
    for _ in range(KEYS):
        shown = page.locator(".board .bubble").first.get_attribute("data-utterance")
        start = time.perf_counter()
        page.keyboard.press("n")
        page.wait_for_function(
            "([root, before]) => { const b = root.querySelector('.board .bubble'); "
            "return b && b.dataset.utterance !== before; }",
            arg=[root, shown],
            polling=10,
        )
        steps.append(1000 * (time.perf_counter() - start))
        page.wait_for_timeout(100)
    yield Measurement(f"{begin}_browser_save_ms", median(saves), BROWSER_MS)
    yield Measurement(f"{begin}_browser_next_ms", median(steps), BROWSER_MS)


def review_workflow(home: Path) -> Iterator[Measurement]:
    with open_workspace(Settings(home, f"sqlite:///{home.resolve() / 'erc.db'}", None)) as workspace:
        desk = review.Desk(SERIES, "stopwatch", ReviewMode.BLIND)
        ids = review.queue(workspace, SERIES)
        at, number = ids[len(ids) // 2], 0

        def onwards() -> None:
            nonlocal at
            at = review.step(workspace, desk, ids, at, 1) or at
            review.item(workspace, desk, at)
            review.place_in_queue(workspace, desk, ids, at)
            review.remember_position(workspace, desk, at, "")

        def label() -> None:
            nonlocal number
            number += 1
            turn = review.item(workspace, desk, at).turns[0].id
            event = ReviewEvent(f"stopwatch {number}", SERIES, at, desk.annotator, ReviewAction.LABEL, turn, "joy")
            answer = review.record(workspace, [event])[0]
            if answer.status != "saved":
                raise SystemExit(f"a label was not saved: {answer}")

        yield Measurement("app_large_review_next_ms", median(_each_ms(onwards)), WORKFLOW_MS)
        yield Measurement("app_large_review_save_ms", median(_each_ms(label)), WORKFLOW_MS)


def _each_ms(step: Callable[[], None]) -> list[float]:
    times = []
    for _ in range(STEPS):
        start = time.perf_counter()
        step()
        times.append(1000 * (time.perf_counter() - start))
    return times
