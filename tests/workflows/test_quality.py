"""The card of a set against a benchmark, with and without one, kept, and as HTML and JSON."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from erc_engine.corpora.loading import Loaded
from erc_engine.domain.conversation import Origin, Split
from erc_engine.domain.curation import AnnotatorKind, Measured, Vote
from erc_engine.domain.labels import custom_scheme, total_variation
from erc_engine.domain.quality import Aid, Bars, Clue, QualityCard, Row, Section, Side
from erc_engine.errors import InputError, NotFoundError
from erc_engine.workflows import jobs, versions
from erc_engine.workflows.datasets import import_corpus, save_corpus
from erc_engine.workflows.quality import against_choices, kept_card, quality_card, to_html, to_json
from erc_engine.workflows.quality_words import gap_said, headlines, n_said, said
from erc_engine.workflows.workspace import Workspace
from tests.builders import corpus, dialogue

SECTIONS = [
    "telling_apart",
    "equal_length",
    "lengths",
    "openers",
    "diversity",
    "vendi",
    "marginals",
    "flow",
    "shortcut",
    "leakage",
    "fidelity",
]


def made(workspace: Workspace, assets: Path, name: str = "made", recording: str = "meld-balanced") -> Workspace:
    import_corpus(workspace, "jsonl", assets / "recordings" / f"{recording}.jsonl", name)
    return workspace


def test_a_card_has_every_section_with_both_sides(sitcom: Workspace) -> None:
    card = quality_card(sitcom, "sitcom:test", "sitcom:train", resamples=60)
    assert [s.key for s in card.sections] == SECTIONS
    assert (card.mine.name, card.mine.dialogues, card.against.name) == ("sitcom:test", 40, "sitcom:train")
    # both are of one source, so they are hardly told apart
    assert 0.35 < card.section("telling_apart").row("auc").gap.value < 0.65
    sitcom_corpus = sitcom.store.corpora.get("sitcom")
    shares = [sitcom_corpus.distribution(split).shares for split in (Split.TEST, Split.TRAIN)]
    assert card.section("marginals").row("total_variation").gap.value == pytest.approx(total_variation(*shares))
    assert card.section("fidelity").row("human").mine.reason == "not measured because nobody has reviewed it blind"
    assert json.loads(json.dumps(to_json(card), allow_nan=False))["sections"]["lengths"]["measures"]["words_mean"]


def test_the_set_alone_says_at_each_comparison_that_no_benchmark_was_named(sitcom: Workspace) -> None:
    card = quality_card(sitcom, "sitcom:test", resamples=40)
    data = to_json(card)
    assert data["against"] == {"value": None, "reason": "no benchmark was named"}
    compared = [m["compared"] for s in data["sections"].values() for m in s["measures"].values() if "compared" in m]
    assert {each["reason"] for each in compared} == {"not available because no benchmark was named"}
    assert data["sections"]["diversity"]["measures"]["distinct_2"]["set"]["value"] > 0.5
    assert "not available because no benchmark was named" in to_html(card)


def test_a_benchmark_that_is_not_here_lends_its_published_counts(workspace: Workspace, assets: Path) -> None:
    made(workspace, assets, recording="iemocap-matched")
    card = quality_card(workspace, "made", "iemocap", resamples=40)
    assert card.absent == "iemocap is not in this workspace"
    share = card.section("marginals").row("share_frustrated")
    assert share.theirs.value == pytest.approx(1296 / 5163)
    assert card.section("marginals").row("total_variation").gap.value < 0.02  # recorded to the published counts
    assert card.section("lengths").row("turns_mean").theirs.value == pytest.approx(5163 / 108)
    reason = card.section("telling_apart").row("auc").gap.reason
    assert reason == "not available because iemocap is not in this workspace"
    assert any("cosmic-split" in note for note in card.notes)


def test_a_benchmark_of_another_scheme_is_compared_by_its_text_alone(sitcom: Workspace, assets: Path) -> None:
    made(sitcom, assets, "other", "emorynlp-matched")
    card = quality_card(sitcom, "other", "sitcom", resamples=40)
    assert card.section("telling_apart").row("auc").gap.value is not None
    reason = card.section("flow").row("inertia").gap.reason
    assert reason == "not available because sitcom:train is labelled in meld, other:train in emorynlp"


@pytest.mark.parametrize(("against", "message"), [("mled", "no corpus"), ("sitcom:dev:x", "not a split")])
def test_a_wrong_benchmark_is_an_error(sitcom: Workspace, against: str, message: str) -> None:
    with pytest.raises((InputError, NotFoundError), match=message):
        quality_card(sitcom, "sitcom:test", against)


def test_a_set_is_not_held_against_itself(sitcom: Workspace) -> None:
    with pytest.raises(InputError, match="against itself"):
        quality_card(sitcom, "sitcom", "sitcom:train")


def test_a_card_is_kept_until_a_vote_comes(sitcom: Workspace) -> None:
    assert kept_card(sitcom, "sitcom:dev") is None
    jobs.in_this_process(sitcom, "quality", {"name": "sitcom:dev", "against": None})
    card = kept_card(sitcom, "sitcom:dev")
    assert card is not None
    assert card == quality_card(sitcom, "sitcom:dev")
    quality_card(sitcom, "sitcom", "sitcom:dev")
    assert kept_card(sitcom, "sitcom:train", "sitcom:dev") is not None  # NAME and NAME:train are one part
    d = next(d for d in sitcom.store.corpora.get("sitcom").dialogues if d.split == "dev")
    blind = Vote("sitcom", d.id, d.utterances[0].id, "ana", AnnotatorKind.HUMAN, str(d.labels[0]), mode="blind")
    sitcom.store.votes.add([blind], source="test")
    assert kept_card(sitcom, "sitcom:dev") is None
    assert quality_card(sitcom, "sitcom:dev").section("fidelity").row("human").mine.value == 1


def test_a_frozen_version_has_a_card_without_votes(sitcom: Workspace) -> None:
    versions.freeze(sitcom, "v1", train=["sitcom:train"], dev="sitcom:dev", test="sitcom:test")
    card = quality_card(sitcom, "v1:dev", "v1:train", resamples=40)
    assert "votes belong to corpora" in card.section("fidelity").row("human").mine.reason


def test_large_sets_are_sampled_and_the_card_says_so(sitcom: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("erc_engine.workflows.quality.MOST_DIALOGUES", 15)
    card = quality_card(sitcom, "sitcom:test", "sitcom:train", resamples=40)
    assert "sitcom:test: a sample of 15 of 40 dialogues, seed 0" in card.notes
    assert card.section("lengths").row("turns_mean").mine.n == 15


def test_imported_sets_of_the_same_scheme_are_offered_first(sitcom: Workspace, assets: Path) -> None:
    made(sitcom, assets)
    made(sitcom, assets, "six", "iemocap-matched")
    assert sitcom.store.corpora.stored("made").origin == Origin.RECORDED
    choices = against_choices(sitcom, "made:train")
    assert choices[:4] == ("sitcom:train", "sitcom:dev", "sitcom:test", "six:train")
    assert choices[-1] == "meld"  # not here, but published
    assert against_choices(sitcom, "six:train")[-1] == "iemocap"


SMALL = {
    "one": (dialogue("Ana: Hi. [joy]"),),
    "marks": tuple(dialogue(*["Ana: …", "Bo: ?!"] * 6, id=f"m{n}") for n in range(4)),
    "broken": tuple(dialogue("Ana: \ud800 <b>bold [joy]", "Bo: 我很高兴 [anger]", id=f"b{n}") for n in range(4)),
}


@pytest.mark.parametrize(("name", "against"), [("one", "marks"), ("marks", "broken"), ("broken", "one")])
def test_small_and_odd_sets_have_a_card_without_nan(workspace: Workspace, name: str, against: str) -> None:
    two = custom_scheme("two", ["joy", "anger"])
    for each in (name, against):
        save_corpus(workspace, Loaded(corpus(*SMALL[each], name=each, label_scheme=two), (), "invented"))
    card = quality_card(workspace, name, against, resamples=20)
    data = json.loads(json.dumps(to_json(card), allow_nan=False))
    measures = [m for s in data["sections"].values() for m in s["measures"].values()]
    sides = [m[side] for m in measures for side in ("set", "benchmark", "compared") if side in m]
    assert all(side["reason"] for side in sides if side["value"] is None)
    to_html(card).encode("utf-8", "replace")


HOSTILE = "<script>alert('1')</script>\"><img src=x onerror=alert(1)>&amp;"


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def hostile_card() -> QualityCard:
    x = HOSTILE
    row = Row("auc", x, x, Measured.undefined(x), Measured(0.5, None, 3, x), Measured(0.1, (0.0, 0.2), 3), x)
    aid = Aid(x, x, x)
    needed = {"words_mean", "same_speaker", "keywords", "human"}
    rows = (row, *(Row(key, x, x, Measured.undefined(x), None) for key in sorted(needed)))
    sections = tuple(
        Section(key, x, aid, rows, (Bars(x, x, (x,), (0.2,), (0.3,)),), (Clue(x, x, "set", 0.1, 0.2, 0.3),), x, (x,))
        for key in SECTIONS
    )
    side = Side(x, x, x, x, False, 1, 1, x, x)
    return QualityCard(side, side, "", x, 0, sections, (x,))


def test_hostile_text_stays_text_in_the_page() -> None:
    page = to_html(hostile_card())
    found = Tags()
    found.feed(page)
    assert found.seen.isdisjoint({"script", "img", "iframe", "link", "object"})
    assert not [name for name in found.attributes if name.startswith("on") or name in ("src", "href")]
    assert HOSTILE in "".join(found.text)
    assert "default-src 'none'" in page
    assert page.count("http") == 1  # http-equiv: nothing is fetched from anywhere


def test_the_page_has_both_colour_schemes_and_every_measure(sitcom: Workspace) -> None:
    card = quality_card(sitcom, "sitcom:test", "sitcom:train", resamples=40)
    page = to_html(card)
    assert "prefers-color-scheme: dark" in page
    found = Tags()
    found.feed(page)
    text = " ".join(found.text)
    for section in card.sections:
        assert section.title in text
        assert all(row.name in text for row in section.rows)


def test_numbers_are_said_with_unit_interval_and_sign() -> None:
    share = Row(
        "k",
        "n",
        "turns",
        Measured(0.004, (0.001, 0.008), 10),
        Measured(0.2, None, 20, "why"),
        Measured(0.1, (0.05, 0.2), 30),
        unit="share",
    )
    assert said(share.mine, "share") == "0.40 % [0.10, 0.80]"
    assert said(share.theirs, "share") == "20.0 % (why)"
    assert gap_said(share) == "+10.0 points [5.0, 20.0]"
    assert n_said(share) == "10 / 20 turns"
    assert said(Measured.undefined("nobody voted")) == "nobody voted"
    assert said(None) == ""


@pytest.mark.benchmark_data
def test_the_recordings_against_meld_are_what_we_know_of_them(
    workspace: Workspace, benchmarks: Path, assets: Path
) -> None:
    made(workspace, assets)
    import_corpus(workspace, "meld", benchmarks / "MELD", "meld")
    card = quality_card(workspace, "made", "meld", resamples=200)
    assert card.section("telling_apart").row("auc").gap.value == pytest.approx(0.99, abs=0.005)
    assert card.section("equal_length").row("auc").gap.value == pytest.approx(0.987, abs=0.005)
    words = card.section("lengths").row("words_mean")
    assert (words.mine.value, words.theirs.value) == (pytest.approx(18.9, abs=0.05), pytest.approx(7.9, abs=0.05))
    flow = card.section("flow")
    again, shifts = flow.row("same_speaker"), flow.row("shift_rate")
    assert (again.mine.value, again.theirs.value) == (pytest.approx(0.0041, abs=1e-4), pytest.approx(0.224, abs=1e-3))
    assert (shifts.mine.value, shifts.theirs.value) == (pytest.approx(0.604, abs=1e-3), pytest.approx(0.600, abs=1e-3))
    assert flow.row("inertia").gap.interval[1] < 0 < flow.row("contagion").gap.interval[0]
    easy = card.section("shortcut").row("keywords")
    assert easy.mine.value > 0.58 > 0.35 > easy.theirs.value
    assert card.section("leakage").row("label_words").mine.value == 0
    assert {clue.text for clue in card.section("telling_apart").clues[:4]} >= {"length", "fifteen words or more"}
    assert headlines(card)[0].value == said(card.section("telling_apart").row("auc").gap, "score").split()[0]
