"""Makes the pictures of the documentation anew: serves the app over a fresh demo workspace and photographs it.

    python docs/images/make.py                 all of them, over the old ones
    python docs/images/make.py review home     some

Needs Playwright and a Chromium, like the tests in tests/browser. All that is seen is the demo's recorded text.
"""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
WIDTH, PAGE, START_SECONDS = 1440, "[data-testid=stMain]", 40
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
Page = Any


@dataclass(frozen=True)
class Picture:
    """A page's address, what is done on it before, and how much of it is shown: from the top with the sidebar, or from
    a heading on without it."""

    address: str
    height: int
    heading: str = ""
    first: Callable[[Page], None] = lambda page: None
    scheme: str = "light"


def quiet(page: Page) -> None:
    """Until the app has nothing more to draw."""
    page.wait_for_timeout(700)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=60_000)
    page.wait_for_selector('[data-testid="stSkeleton"]', state="detached", timeout=60_000)
    page.wait_for_timeout(900)


def press(name: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.get_by_role("button", name=name, exact=True).click()
        quiet(page)

    return act


def review(page: Page) -> None:
    """Ana labels five turns of six."""
    page.get_by_label("Your name", exact=True).fill("Ana")
    page.get_by_role("button", name="Start", exact=True).click()
    page.locator(".board .bubble").first.wait_for()
    page.wait_for_timeout(800)
    for key in "43717":
        page.keyboard.press(key)
        page.wait_for_timeout(150)
    page.get_by_text("saved ").first.wait_for()
    quiet(page)


def compare(page: Page) -> None:
    box = page.get_by_role("combobox", name="Runs, the control first")
    for name in ("demo-real", "demo-mixed"):
        box.click()
        page.get_by_role("option").filter(has_text=name).first.click()
        quiet(page)
    page.keyboard.press("Escape")
    press("Compare")(page)


PICTURES = {
    "home": Picture("", 720),
    "datasets": Picture("datasets?section=browse&corpus=demo-sitcom&dialogue=meld-matched-0003", 720),
    "prompt-studio": Picture("prompt_studio", 640),
    "generate": Picture("generate?run=demo-balanced", 860),
    "review": Picture("review?corpus=demo-balanced", 950, first=review),
    "disagreement": Picture("disagreement?corpus=demo-sitcom", 600, heading="What is mixed up"),
    "imbalance": Picture("imbalance", 780),
    "transitions": Picture("imbalance", 760, heading="How labels follow each other", scheme="dark"),
    "dedupe": Picture("dedupe?corpus=demo-copies", 800),
    "experiments": Picture("experiments?section=run", 920),
    "compare": Picture("experiments?section=compare", 560, first=compare),
}


def photograph(browser: Any, served: str, picture: Picture) -> bytes:
    context = browser.new_context(viewport={"width": WIDTH, "height": 950}, color_scheme=picture.scheme)
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{served}/{picture.address}")
    page.wait_for_selector("h1")
    quiet(page)
    picture.first(page)
    tall = page.evaluate(f"document.querySelector('{PAGE}').scrollHeight")
    if tall > 950 and (picture.heading or picture.height > 950):
        page.set_viewport_size({"width": WIDTH, "height": tall})
        quiet(page)
    page.mouse.move(0, 0)
    page.evaluate(f"document.querySelector('{PAGE}').scrollTo(0, 0)")
    page.wait_for_timeout(300)
    left = top = 0
    if picture.heading:
        box = page.get_by_role("heading", name=picture.heading).first.bounding_box()
        left, top = int(box["x"]) - 24, int(box["y"]) - 16
    clip = {"x": left, "y": top, "width": WIDTH - left, "height": min(picture.height, max(tall, 950) - top)}
    taken: bytes = page.screenshot(clip=clip)
    context.close()
    return taken


def save(taken: bytes, path: Path) -> int:
    """As a small PNG with every colour as it is: a palette would give one emotion the colour of another."""
    Image.open(io.BytesIO(taken)).convert("RGB").save(path, optimize=True)
    return path.stat().st_size


@contextmanager
def served_demo() -> Iterator[str]:
    """The address of the app over a demo workspace that is thrown away afterwards."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        environment = {**os.environ, "ERC_HOME": f"{folder}/workspace", "OMP_NUM_THREADS": "1"}
        environment.pop("ERC_DATABASE_URL", None)
        started = {"cwd": ROOT, "env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([sys.executable, "-m", "erc_engine.cli.main", "demo"], check=True, **started)
        app = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)], **started
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/_stcore/health")
            yield f"http://127.0.0.1:{port}"
        finally:
            app.terminate()
            app.wait(10)


def wait_for(address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=1):  # noqa: S310 (our own server)
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"the app did not start within {START_SECONDS} seconds")


def main(wanted: list[str]) -> None:
    unknown = set(wanted) - set(PICTURES)
    if unknown:
        raise SystemExit(f"no picture is called {', '.join(sorted(unknown))}; there are {', '.join(PICTURES)}")
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with served_demo() as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=QUIET)
        for name in wanted or PICTURES:
            size = save(photograph(browser, served, PICTURES[name]), HERE / f"{name}.png")
            print(f"{name}.png  {size / 1000:.0f} kB")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
