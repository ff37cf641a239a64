"""Small dialogues and corpora for tests, written the way one would read them.

dialogue("Ana: You came! [joy]", "Bo: Barely. [neutral]", id="d1")
"""

from __future__ import annotations

import re

from erc_engine.domain.conversation import OWN_LICENCE, Corpus, Dialogue, Licence, Origin, Split, Utterance
from erc_engine.domain.labels import LabelScheme, scheme

_TURN = re.compile(r"^(?P<speaker>[^:]+): (?P<text>.*?)(?: \[(?P<label>[^\]]+)\])?$", re.S)


def dialogue(*turns: str, id: str = "d1", split: Split = Split.TRAIN, episode: str | None = None) -> Dialogue:
    utterances = []
    for number, turn in enumerate(turns):
        match = _TURN.match(turn)
        assert match is not None, f"write 'Speaker: text [label]', seen {turn!r}"
        utterances.append(Utterance(f"{id}:{number}", match["speaker"], match["text"], match["label"]))
    return Dialogue(id, split, tuple(utterances), episode)


def corpus(
    *dialogues: Dialogue,
    name: str = "c",
    label_scheme: LabelScheme | None = None,
    origin: Origin = Origin.IMPORTED,
    licence: Licence = OWN_LICENCE,
) -> Corpus:
    return Corpus(name, "jsonl", label_scheme or scheme("meld"), tuple(dialogues), licence, origin)
