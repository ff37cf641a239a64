"""The last part of a card: what may hurt in a set, what it is not, its licence, and how it is cited.

"\\n\\n".join(caveats(made, content))     # "## What may hurt\\n\\nThe plan asked for anger, …"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from erc_engine.domain.labels import SCHEMES
from erc_engine.domain.release import ReleasedSet
from erc_engine.workflows.markdown import fenced, plain
from erc_engine.workflows.release_words import BENCHMARK, CONTENT, IDEA
from erc_engine.workflows.run_targets import PUBLISHED


def caveats(made: ReleasedSet, content: Mapping[str, int]) -> Iterator[str]:
    """Sections in Markdown; `content` counts turns with words of each group of CONTENT."""
    shown = BENCHMARK[made.benchmark].shown
    yield "## What may hurt"
    yield from _content(content, made)
    yield "## What this set is not"
    yield from _limits(made, shown)
    yield "## Licence"
    yield from _licence(made, shown)
    yield "## How to cite"
    yield from _citing(made, shown)


def by(made: ReleasedSet) -> str:
    return "recorded" if made.recorded else "generated"


def _content(content: Mapping[str, int], made: ReleasedSet) -> Iterator[str]:
    counted = ", ".join(f"{group} {n:,}" for group, n in content.items())
    listed = sum(len(found.split()) for found in CONTENT.values())
    asked = [label.name for label in SCHEMES[made.benchmark].labels if label.valence < 0]
    yield (
        f"The plan asked for {', '.join(asked)}, so people in these dialogues may insult, threaten, mourn and swear. "
        f"Turns with a word of a list of {listed} words, of {made.utterances:,}: {counted}. The list misses what it "
        "does not name, and counts harmless uses too (“dead tired”). Nobody read every dialogue for this card."
    )


def _limits(made: ReleasedSet, shown: str) -> Iterator[str]:
    what = "recorded text of one large model" if made.recorded else "the output of one model under one recipe"
    listed = [
        f"It is {what}, one seed ({made.seed}): another seed, prompt or model gives another set.",
        "It is no evidence that training on it helps. That takes several sets, seeds, controls and a real test split.",
        "Labels are what the writer was asked to express. They are not what people perceived; how far those agree is "
        "measured only where people labelled it blind (*Quality*).",
        f"It is written, not spoken: no audio, no video, no overlap. It is not {shown}, and no test set.",
        "Settings, names and manners are those of the recipe's lists and of the model: a narrow, English-speaking "
        "world.",
    ]
    if made.like.startswith(PUBLISHED):
        listed.append(
            f"{shown} was not at hand: transitions between emotions not available, so they are not planned; "
            + ("contamination not checked." if not made.own_text_checked else "")
        )
    yield "\n".join(f"- {line}" for line in listed)


def _licence(made: ReleasedSet, shown: str) -> Iterator[str]:
    note = f" ({plain(made.licence_note)})" if made.licence_note else ""
    yield (
        f"{plain(made.licence)}{note}. From {shown} only counts were taken (labels, lengths, speakers; for the quality "
        "card how often single words and pairs of words occur), no text; its own licence is for whoever uses it "
        "beside this set."
    )
    if not made.recorded:
        yield "Whether its output may train other models is for the licence of the model above to say."


def _citing(made: ReleasedSet, shown: str) -> Iterator[str]:
    yield fenced(
        "\n".join(
            [
                f"@misc{{{made.name},",
                f"  title = {{{made.name}: {by(made)} dialogues for emotion recognition in conversation}},",
                f"  note = {{made with ERC Studio {made.engine}, model {_braceless(made.model)}, seed {made.seed}, "
                f"content sha256 {made.hash[:16]}}}",
                "}",
            ]
        ),
        "bibtex",
    )
    yield (
        f"The idea of two sets for each benchmark: *{IDEA}*. The label scheme and counts: "
        f"{BENCHMARK[made.benchmark].cite}."
    )


def _braceless(text: str) -> str:
    return "".join(c if c.isprintable() and c not in "{}\\" else " " for c in text)
