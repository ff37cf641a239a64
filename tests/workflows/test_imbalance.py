"""Parts by name, side by side and against a benchmark."""

from __future__ import annotations

from pathlib import Path

import pytest

from erc_engine.domain.labels import scheme
from erc_engine.errors import InputError, NotFoundError
from erc_engine.workflows import versions
from erc_engine.workflows.datasets import import_corpus
from erc_engine.workflows.imbalance import imbalance, part_choices, part_of, plan_gap
from erc_engine.workflows.workspace import Workspace


def test_a_name_alone_is_its_train_split(sitcom: Workspace) -> None:
    assert (part_of(sitcom, "sitcom").name, len(part_of(sitcom, "sitcom").dialogues)) == ("sitcom:train", 60)
    assert len(part_of(sitcom, "sitcom:test").dialogues) == 40
    assert len(part_of(sitcom, "sitcom:all").dialogues) == 120


def test_a_frozen_version_can_be_looked_at(sitcom: Workspace) -> None:
    versions.freeze(sitcom, "v1", train=["sitcom:train"], dev="sitcom:dev", test="sitcom:test")
    assert part_of(sitcom, "v1:dev").name == "v1:dev"


def test_every_split_can_be_chosen(sitcom: Workspace) -> None:
    assert [(c.name, c.dialogues) for c in part_choices(sitcom)] == [
        ("sitcom:train", 60),
        ("sitcom:dev", 20),
        ("sitcom:test", 40),
    ]


def test_parts_have_their_distance_to_even_shares_and_to_the_benchmark(sitcom: Workspace) -> None:
    report = imbalance(sitcom, ["sitcom", "sitcom:test"], against="sitcom", resamples=100)
    assert [p.part for p in report.parts] == ["sitcom:train", "sitcom:test"]
    assert set(report.parts[0].distances) == {"uniform"}  # not to itself
    assert set(report.parts[1].distances) == {"uniform", "sitcom:train"}
    assert set(report.dynamics[1].distances) == {"own", "other"}
    assert report.against is not None
    assert report.against.part == "sitcom:train"
    assert report.parts[0].distances["uniform"].n == report.parts[0].utterances > 500


def test_a_gap_is_planned_from_a_part(sitcom: Workspace) -> None:
    (part,) = imbalance(sitcom, ["sitcom"], resamples=100).parts
    found = plan_gap(part, dict.fromkeys(part.counts, 1))
    assert {part.counts[label] + n for label, n in found.add.items()} == {max(part.counts.values())}


def test_two_schemes_never_stand_side_by_side(sitcom: Workspace, assets: Path) -> None:
    import_corpus(sitcom, "jsonl", assets / "recordings" / "emorynlp-matched.jsonl", "other")
    with pytest.raises(InputError, match="emorynlp"):
        imbalance(sitcom, ["sitcom", "other"])


@pytest.mark.parametrize(("name", "message"), [("sitcom:tests", "not a split"), ("sitkom", "no corpus")])
def test_a_wrong_name_says_what_there_is(sitcom: Workspace, name: str, message: str) -> None:
    with pytest.raises((InputError, NotFoundError), match=message):
        imbalance(sitcom, [name])


def test_a_split_without_dialogues_is_not_found(workspace: Workspace, assets: Path) -> None:
    import_corpus(workspace, "jsonl", assets / "recordings" / "meld-matched.jsonl", "flat")
    with pytest.raises(NotFoundError, match="no dialogue in test"):
        part_of(workspace, "flat:test")


def test_nothing_named_is_refused(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="nothing to look at"):
        imbalance(workspace, [])


def test_json_holds_parts_under_their_names(sitcom: Workspace) -> None:
    data = imbalance(sitcom, ["sitcom:dev"], resamples=50).to_json()
    assert data["parts"][0]["name"] == "sitcom:dev"
    assert set(data["parts"][0]["dynamics"]["transitions"]["own"]) == set(scheme("meld").names)
    assert data["against"] is None
