"""Where two dialogues differ, turn by turn and word by word.

for row in word_diff(left, right):
    row.left, row.right         # utterances, None where a turn stands on one side alone
    row.pieces                  # (Piece("same", "You came", "You came"), Piece("changed", "then.", "indeed."))
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from erc_engine.corpora.text import normalise
from erc_engine.domain.conversation import Dialogue, Utterance


@dataclass(frozen=True)
class Piece:
    """A run of words: same (but for case and punctuation), or changed; one side is "" when words came or went."""

    kind: str
    left: str
    right: str


@dataclass(frozen=True)
class DiffRow:
    left: Utterance | None
    right: Utterance | None
    pieces: tuple[Piece, ...]

    @property
    def same(self) -> bool:
        return all(piece.kind == "same" for piece in self.pieces)


def word_diff(left: Dialogue, right: Dialogue) -> tuple[DiffRow, ...]:
    """Equal turns are lined up; between them turns stand side by side in order."""
    a, b = ([normalise(u.text) for u in d.utterances] for d in (left, right))
    rows = []
    for _, i, i_end, j, j_end in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        for mine, theirs in zip_longest(left.utterances[i:i_end], right.utterances[j:j_end]):
            rows.append(DiffRow(mine, theirs, _pieces(mine.text if mine else "", theirs.text if theirs else "")))
    return tuple(rows)


def _pieces(left: str, right: str) -> tuple[Piece, ...]:
    a, b = left.split(), right.split()
    matcher = SequenceMatcher(None, [normalise(w) or w for w in a], [normalise(w) or w for w in b], autojunk=False)
    return tuple(
        Piece("same" if kind == "equal" else "changed", " ".join(a[i:i_end]), " ".join(b[j:j_end]))
        for kind, i, i_end, j, j_end in matcher.get_opcodes()
    )
