"""Text that would like to be HTML, Markdown, LaTeX or a control sequence is text on every page that shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from erc_engine.corpora.loading import Loaded
from erc_engine.domain.conversation import Dialogue, Split, Utterance
from erc_engine.domain.labels import custom_scheme
from erc_engine.domain.review import ReviewAction, ReviewEvent
from erc_engine.settings import Settings
from erc_engine.workflows import experiments, review, versions
from erc_engine.workflows.datasets import save_corpus
from erc_engine.workflows.workspace import Workspace, open_workspace
from tests.browser.conftest import Served, Tab, opened, server_over
from tests.browser.reviewing import all_saved, press, say_who, told
from tests.builders import corpus

MARKUP = "<img src=x onerror=\"document.title='owned'\"><b>bold</b> *slanted* **fat** ~~gone~~ `code` :red[red]"
HOSTILE = (
    f"{MARKUP} $x^2$ \\(y\\) [a](javascript:1) ![i](x) {{{{ 7 * 7 }}}} \u202eright to left\x07\u200b {'long' * 300}"
)
SPEAKER = "<i>Ana</i> *x* $a$"
LABELS = ("neutral", "<b>bold</b> $x^2$ *slanted*", "<img src=x>")
ODD = "h*1*<b>bold</b>"
TURNED = ", ".join(
    [
        "img[src='x']", "a[href^='javascript']", ".katex", "iframe", "b:text-is('bold')", "em:text-is('slanted')",
        "strong:text-is('fat')", "del:text-is('gone')", "code:text-is('code')", "span:text-is('red')",
    ]
)  # fmt: skip


def hostile(number: int, split: Split) -> Dialogue:
    id_ = f"{ODD} {number}"
    turns = [
        Utterance(
            f"{id_}:{n}", SPEAKER if n % 2 else "Bo", f"{HOSTILE} line {number} {n} {split}", LABELS[(n + number) % 3]
        )
        for n in range(4)
    ]
    return Dialogue(id_, split, tuple(turns))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("hostile") / "home"
    splits = [*[Split.TRAIN] * 6, *[Split.DEV] * 3, *[Split.TEST] * 3]
    dialogues = [hostile(n, split) for n, split in enumerate(splits)]
    with open_workspace(Settings.from_environment({"ERC_HOME": str(home)})) as workspace:
        odd = corpus(*dialogues, name="odd", label_scheme=custom_scheme("odd", LABELS, "neutral"))
        save_corpus(workspace, Loaded(odd, (), "a file"))
        for who in (MARKUP, "Bo"):
            for n in range(4):
                place = (dialogues[0].id, who, ReviewAction.LABEL, dialogues[0].utterances[n].id)
                label = LABELS[(n + len(who)) % 3]
                review.record(workspace, [ReviewEvent(f"{who}-{n}", "odd", *place, label)])
        versions.freeze(workspace, "v1", train=["odd:train"], dev="odd:dev", test="odd:test")
        experiments.train(workspace, "v1", "majority", 1)
    server = server_over(home)
    yield server
    server.stop()


@pytest.fixture
def workspace(served: Served) -> Iterator[Workspace]:
    with open_workspace(Settings.from_environment({"ERC_HOME": str(served.home)})) as found:
        yield found


def harmless(page: Any, where: str) -> None:
    """Nothing of the text became an element, ran, or pushed the page out of shape."""
    assert page.title() == "ERC Studio", where
    turned = [element.evaluate("e => e.outerHTML.slice(0, 200)") for element in page.locator(TURNED).all()]
    assert turned == [], where
    main = page.get_by_test_id("stMain")
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 1, f"{where} is wider than the window"


ADDRESSES = {
    "home": [{}],
    "datasets": [
        {"section": "browse", "corpus": "odd", "dialogue": f"{ODD} 0"},
        {"section": "browse", "corpus": MARKUP, "dialogue": MARKUP},
        {"section": "audit", "corpus": "odd"},
        {"section": "versions", "version": "v1"},
        {"section": "export", "corpus": "odd"},
    ],
    "imbalance": [{"part": "odd:train", "against": "odd:test"}, {"part": MARKUP}],
    "disagreement": [
        {"corpus": "odd", "dialogue": f"{ODD} 0"},
        {"corpus": MARKUP},
        {"corpus": "odd", "dialogue": MARKUP},
    ],
    "dedupe": [{"section": s, "corpus": "odd"} for s in ("duplicates", "contamination", "map")] + [{"corpus": MARKUP}],
    "experiments": [{"section": "run", "run": "v1-majority-s1"}, {"section": "run", "run": MARKUP}],
    "prompt_studio": [{"recipe": MARKUP}],
    "generate": [{"run": MARKUP}],
    "jobs": [{"job": MARKUP}],
}
LITERAL = {("datasets", "browse"), ("dedupe", "duplicates")}


@pytest.mark.parametrize("name", ADDRESSES)
def test_it_is_text_on_every_page(served: Served, tab: Tab, name: str) -> None:
    page = tab()
    for query in ADDRESSES[name]:
        opened(page, f"{served.address}/{'' if name == 'home' else name}?{urlencode(query)}")
        harmless(page, f"{name} {query}")
        if (name, query.get("section")) in LITERAL and query["corpus"] == "odd":
            shown = page.get_by_text("<b>bold</b> *slanted* **fat** ~~gone~~ `code` :red[red] $x^2$")
            shown.filter(visible=True).first.wait_for()


def test_it_is_text_in_review_where_it_is_also_written(served: Served, tab: Tab, workspace: Workspace) -> None:
    page = tab()
    query = urlencode({"corpus": "odd", "dialogue": f"{ODD} 1", "mode": "verify"})
    page.goto(f"{served.address}/review?{query}")
    who = MARKUP[:60]
    say_who(page, who)
    press(page, "m")
    page.get_by_label("Note", exact=True).fill(HOSTILE)
    page.keyboard.press("Enter")
    press(page, "2e")
    page.get_by_label("Text of the utterance").fill(MARKUP)
    page.keyboard.press("Enter")
    all_saved(page)
    harmless(page, "review")
    assert MARKUP in page.locator(".board .bubble").nth(1).inner_text()
    assert LABELS[1] in page.locator(".board .bubble").first.inner_text()
    events = [e for e in told(workspace.store.review.events("odd", f"{ODD} 1"), who) if e[0] != "shown"]
    assert events == [
        ("note", f"{ODD} 1:0", HOSTILE.strip()),
        ("label", f"{ODD} 1:0", LABELS[1]),
        ("edit", f"{ODD} 1:1", MARKUP),
    ]
    opened(page, f"{served.address}/disagreement?{urlencode({'corpus': 'odd', 'dialogue': f'{ODD} 1'})}")
    harmless(page, "disagreement after review")


def test_it_is_text_in_files_that_are_uploaded(served: Served, tab: Tab) -> None:
    page = opened(tab(), f"{served.address}/datasets?section=import")
    name = "<b>bold</b> *slanted* $x^2$.csv".replace("/", "_")
    data = f'"{MARKUP.replace(chr(34), chr(39))}",Line,*slanted*\n1,"{HOSTILE.replace(chr(34), chr(39))}",joy\n'
    file: Any = {"name": name, "mimeType": "text/csv", "buffer": data.encode()}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text("First rows of").wait_for()
    harmless(page, "preview")
    assert name in page.get_by_test_id("stMain").inner_text()
    page.get_by_role("textbox", name="Name of the corpus").fill(MARKUP[:64])
    page.keyboard.press("Enter")
    for what in ("dialogue", "text"):
        page.get_by_role("combobox", name=what, exact=True).click()
        page.get_by_role("option").nth(1).click()
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_text("a corpus name cannot be").wait_for()
    harmless(page, "name of a corpus")

    opened(page, f"{served.address}/experiments?section=runs")
    rows = f"dialogue,utterance,label\n*slanted*,{MARKUP.replace(chr(34), chr(39))},<b>bold</b>\n"
    page.locator("input[type=file]").set_input_files({**file, "buffer": rows.encode()})
    page.get_by_role("textbox", name="Model").fill(MARKUP[:64])
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_test_id("stAlertContentError").wait_for()
    harmless(page, "predictions")


def test_it_is_text_in_a_recipe(served: Served, tab: Tab) -> None:
    page = opened(tab(), f"{served.address}/prompt_studio")
    page.get_by_role("textbox", name="System").fill(f"{MARKUP} {{{{ turns }}}} $x^2$")
    page.keyboard.press("Control+Enter")
    page.get_by_role("textbox", name="Save under the name").fill(MARKUP[:60])
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_test_id("stAlertContentError").wait_for()
    harmless(page, "recipe")
