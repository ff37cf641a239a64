"""EmotionLines (EmotionX): dialogues with the five votes of each utterance.

[[{"speaker": "Ana", "utterance": "You came!", "emotion": "joy", "annotation": "0400010"}, …], …]

The digits of `annotation` count votes for neutral, joy, sadness, fear, anger, surprise, disgust, in this order. They
are kept as `votes` (labels with none left out). The label is the one with at least three of five, else non-neutral.
Ids by place: `train/12`, `train/12:0`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from erc_engine.corpora.faults import noted
from erc_engine.corpora.files import read_json
from erc_engine.corpora.json_values import items, string
from erc_engine.corpora.labels import LabelReader
from erc_engine.corpora.licences import EMOTIONLINES
from erc_engine.corpora.loaded import Read
from erc_engine.corpora.mending import Mending
from erc_engine.corpora.splits import split_files
from erc_engine.domain.conversation import Dialogue, Split, Utterance
from erc_engine.domain.labels import scheme
from erc_engine.domain.reports import Fault
from erc_engine.errors import InputError

VOTE_ORDER = ("neutral", "joy", "sadness", "fear", "anger", "surprise", "disgust")


def read(path: Path, *, split: Split | None = None) -> Read:
    """A folder with a file for each split (friends.train.json, …), or one file."""
    files, faults = split_files(path, split, ".json")
    labels, mending = LabelReader(scheme("emotionlines")), Mending()
    dialogues: list[Dialogue] = []
    empty: list[str] = []
    for named, file in files.items():
        data, fault = read_json(file)
        faults += (fault,) if fault else ()
        for number, turns in enumerate(items(data, file.name)):
            id_, where = f"{named}/{number}", f"{file.name}, dialogue {number}"
            utterances = tuple(
                _utterance(turn, f"{id_}:{n}", f"{where}, turn {n}", labels, mending)
                for n, turn in enumerate(items(turns, where))
            )
            if utterances:
                dialogues.append(Dialogue(id_, named, utterances))
            else:
                empty.append(id_)
    labels.refuse_unknown()
    left_out: tuple[Fault, ...] = (noted("empty-dialogue", empty, "left out"),) if empty else ()
    return Read(tuple(dialogues), labels.scheme, EMOTIONLINES, faults + left_out + mending.faults)


def _utterance(turn: Any, id_: str, where: str, labels: LabelReader, mending: Mending) -> Utterance:
    text, speaker, found = mending.turn(string(turn, "utterance", where), string(turn, "speaker", where), id_)
    label = labels.read(string(turn, "emotion", where, needed=False), where)
    return Utterance(id_, speaker, text, label, _votes(turn, where), found)


def _votes(turn: dict[str, Any], where: str) -> dict[str, int] | None:
    digits = turn.get("annotation")
    if digits is None:
        return None
    if not isinstance(digits, str) or len(digits) != len(VOTE_ORDER) or not (digits.isascii() and digits.isdigit()):
        raise InputError(
            f"{where}: annotation is {str(digits)[:40]!r}, expected {len(VOTE_ORDER)} digits",
            hint=f"a count of votes for each of {', '.join(VOTE_ORDER)}",
        )
    return {label: int(digit) for label, digit in zip(VOTE_ORDER, digits, strict=True) if digit != "0"}


def label_by_votes(votes: dict[str, int]) -> str:
    """The label with at least three votes, else non-neutral."""
    leader = max(votes, key=lambda label: votes[label], default="")
    return leader if votes.get(leader, 0) >= 3 else "non-neutral"
