from __future__ import annotations

from dataclasses import replace

import pytest

from erc_engine.corpora.published import VERSIONS, Version, compare, recognise
from erc_engine.domain.conversation import Corpus, Dialogue, Split, Utterance
from erc_engine.domain.labels import SCHEMES
from tests.builders import corpus, dialogue


def as_published(version: Version, *, episode: str | None = None, splits: tuple[str, ...] = ("dev", "test")) -> Corpus:
    """A corpus with the published counts and nothing else of it."""
    made = []
    for split in splits:
        counts = version.splits[split]
        labels = [label for label, count in counts.labels.items() for _ in range(count)]
        for number in range(counts.dialogues):
            share = labels[number :: counts.dialogues]
            turns = tuple(Utterance(f"{split}/{number}:{n}", "A", "x", label) for n, label in enumerate(share))
            made.append(Dialogue(f"{split}/{number}", Split(split), turns, episode))
    return replace(corpus(*made, label_scheme=SCHEMES[version.benchmark]), kind=version.benchmark)


def version(benchmark: str, name: str) -> Version:
    return next(v for v in VERSIONS if (v.benchmark, v.name) == (benchmark, name))


def test_label_counts_add_up_to_the_utterances() -> None:
    for one in VERSIONS:
        for split, counts in one.splits.items():
            assert not counts.labels or sum(counts.labels.values()) == counts.utterances, (one.name, split)


@pytest.mark.parametrize(
    ("benchmark", "name", "episode"),
    [
        ("meld", "release", "s01e01"),
        ("emorynlp", "full", None),
        ("emorynlp", "original", "s01e01"),
        ("emorynlp", "reduced", "s01e01"),
        ("emotionlines", "friends-2018", None),
    ],
)
def test_a_version_is_recognised_by_its_counts(benchmark: str, name: str, episode: str | None) -> None:
    made = as_published(version(benchmark, name), episode=episode)
    assert recognise(made) == name
    assert compare(made).faults == ()


def test_read_in_another_form_it_is_recognised_with_its_benchmark() -> None:
    assert recognise(replace(as_published(version("meld", "release")), kind="jsonl")) == "meld:release"


def test_one_label_changed_is_no_published_version_any_more() -> None:
    made = as_published(version("meld", "release"), splits=("dev",))
    first = made.dialogues[0]
    changed = replace(made, dialogues=(first.with_labels(["fear", *first.labels[1:]]), *made.dialogues[1:]))
    assert recognise(changed) is None
    (fault,) = compare(changed).faults
    assert (fault.code, fault.count, fault.done) == ("published-count", 2, "no published version; nearest is release")
    assert fault.examples == ("dev labelled neutral 469, published 470", "dev labelled fear 41, published 40")


def test_the_nearest_version_is_the_one_with_the_closest_counts() -> None:
    made = as_published(version("emorynlp", "reduced"), episode="s01e01", splits=("test",))
    (note,) = compare(replace(made, dialogues=made.dialogues[1:])).notes
    assert "nearest is reduced" in note
    assert "test dialogues 78, published 79" in note


def test_a_corpus_that_claims_no_benchmark_is_compared_with_none() -> None:
    made = corpus(dialogue("Ana: You came! [joy]"))
    assert (recognise(made), compare(made).notes) == (None, ())
