"""The codes of everything that loaders and audits report, with what each counts.

    noted("one-turn-dialogue", ["train/5", "train/17"], "kept")     # a Fault with count 2
    CODES["time-gap"]                                               # what that code counts

Codes are stable: scripts may test for them. Examples are ids and places, never text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from erc_engine.domain.conversation import Split
from erc_engine.domain.reports import Fault

EXAMPLES = 5

CODES: Mapping[str, str] = {
    # what a loader saw or did
    "encoding": "files that are not UTF-8",
    "mojibake": "texts and speakers whose broken encoding was mended",
    "missing-split": "splits that have no file",
    "split-assumed": "dialogues whose split nothing tells",
    "empty-dialogue": "dialogues without a single utterance",
    "several-episodes": "dialogues whose rows name more than one episode",
    # what a corpus holds
    "published-count": "counts that differ from the published ones",
    "missing-dialogue": "numbers left out between dialogues",
    "missing-utterance": "numbers left out between the utterances of a dialogue",
    "late-start": "dialogues whose first utterances are missing",
    "out-of-order": "dialogues whose utterance numbers go backwards",
    "one-turn-dialogue": "dialogues of one utterance",
    "empty-text": "utterances without text",
    "wordless-text": "utterances without a letter or digit",
    "mojibake-left": "texts with control or replacement characters of a broken encoding",
    "unlabelled": "utterances without a label",
    "vote-rule": "labels other than the one with at least three of five votes, or else non-neutral",
    "vote-count": "utterances with other than five votes",
    "several-speakers": "utterances with more than one speaker",
    "speaker-spelling": "speakers written in more than one way",
    "no-speaker": "utterances without a speaker",
    "time-backwards": "dialogues in which an utterance starts before the one above it",
    "time-gap": "dialogues with a pause of over 300 seconds inside",
    "time-long": "utterances of over 30 seconds",
    "time-order": "utterances that end at or before their start",
    "time-unreadable": "utterances whose times cannot be read",
    # what repeats (audits only)
    "repeated-text": "utterances in train that repeat the text of an earlier one",
    "repeated-text-labels": "texts in train that carry more than one label",
    "repeated-dialogue": "dialogues that stand whole in a dialogue of another split, or twice in one",
    "relabelled-dialogue": "dialogues that stand whole in another split with other labels",
    "shared-scene": "windows of three utterances, 15 words together, that stand in train and in another split",
}


def noted(code: str, examples: Sequence[str], done: str, *, count: int | None = None) -> Fault:
    """A fault whose count is the number of examples unless given; only the first few examples are kept."""
    return Fault(code, len(examples) if count is None else count, tuple(examples[:EXAMPLES]), done)


def by_split(counts: Mapping[Split, int]) -> str:
    """ "train 90, dev 4, test 5", without the splits that have none."""
    return ", ".join(f"{split} {counts[split]:,}" for split in Split if counts.get(split))


def tally(splits: Sequence[Split]) -> str:
    return by_split(Counter(splits))
