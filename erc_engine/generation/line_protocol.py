"""Reads protocol lines/1 as models really write it.

    1. Ana [joy]: You came!            as asked for
    **2. Bo (Neutral):** Barely.       bold, other brackets, other case: read, and each mending recorded
    Ana: [joy] At last!                no number, label behind the colon

Two passes. A line with a number and a label, or with a label of the scheme, is surely a turn, and its speaker is known
from then on. Any other line is a turn if it is numbered or by a known speaker; else it is preamble, the
rest of the turn before, or postamble. Every line is scanned once; nothing here backtracks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from erc_engine.domain.generation import ParsedReply, ParsedTurn, Repair
from erc_engine.domain.labels import LabelScheme

HEAD = 120  # characters in which number, speaker and label must stand
KEPT = 400  # characters of a preamble that a repair keeps
NAME = 40  # characters of a speaker's name
_BRACKETS = {"[": "]", "(": ")", "{": "}", "<": ">", "【": "】"}
_COLONS = ":："
_BULLETS = "-*•>#–—"
_NOT_NAMES = frozenset(
    [
        "note",
        "notes",
        "here",
        "sure",
        "title",
        "scene",
        "setting",
        "characters",
        "dialogue",
        "conversation",
        "output",
        "answer",
        "response",
        "situation",
        "okay",
        "certainly",
        "context",
        "emotion",
        "emotions",
        "speakers",
        "summary",
    ]
)


@dataclass(frozen=True)
class _Line:
    """One line taken apart. `sure` when it can be nothing but a turn."""

    speaker: str
    label: str | None
    text: str
    number: int | None
    sure: bool
    mended: tuple[str, ...] = ()


@dataclass
class _Reading:
    """What has been read so far; `blank` is whether the line before was empty. `texts` has the lines of each turn."""

    heads: list[tuple[str, str | None]] = field(default_factory=list)
    texts: list[list[str]] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)
    preamble: list[str] = field(default_factory=list)
    postamble: list[str] = field(default_factory=list)
    last_number: int = 0
    blank: bool = False

    def add(self, speaker: str, label: str | None, text: str) -> None:
        self.heads.append((speaker, label))
        self.texts.append([text])
        self.last_number += 1
        self.blank = False

    def reply(self) -> ParsedReply:
        turns = tuple(
            ParsedTurn(speaker, label, " ".join(filter(None, parts)))
            for (speaker, label), parts in zip(self.heads, self.texts, strict=True)
        )
        around = (("preamble", self.preamble), ("postamble", self.postamble))
        outside = [Repair(kind, None, "\n".join(rows)[:KEPT]) for kind, rows in around if rows]
        return ParsedReply(*_unquoted(turns, (*_folded(self.repairs, len(turns)), *outside)))


@dataclass(frozen=True)
class BrokenOff:
    """A reply that ends inside a tag."""

    stub: str


def read_lines(text: str, scheme: LabelScheme) -> ParsedReply | BrokenOff | None:
    """The turns of a reply, BrokenOff when it ends inside one, None when there is no turn in it."""
    rows = [row.strip() for row in text.split("\n")]
    lines = [_take_apart(row, scheme) for row in rows]
    known = {line.speaker.casefold() for line in lines if line is not None and line.sure}
    accept = {n for n, line in enumerate(lines) if line is not None and _is_turn(line, known)}
    if not known and len(accept) < 2:
        return None
    last, end = max(accept), max(n for n, row in enumerate(rows) if row)
    reading = _Reading()
    for n, row in enumerate(rows):
        line = lines[n]
        if line is not None and n in accept:
            _add_turn(reading, line, scheme)
        elif not row:
            reading.blank = True
        elif _add_rest(reading, row, after_all=n > last, at_end=n == end, known=known):
            return BrokenOff(row)
    return reading.reply()


def _is_turn(line: _Line, known: set[str]) -> bool:
    if line.sure:
        return True
    if known:
        return line.number is not None or line.speaker.casefold() in known
    return line.speaker.casefold() not in _NOT_NAMES and len(line.speaker.split()) <= 3


def _take_apart(row: str, scheme: LabelScheme) -> _Line | None:
    """Number, speaker, label and text of a line; None when it has no speaker with a label or a colon."""
    mended: list[str] = []
    rest, number = _number(row, mended)
    place = next((i for i, c in enumerate(rest[:HEAD]) if c in _COLONS or c in _BRACKETS), None)
    if place is None:
        return None
    speaker = rest[:place]
    bold = (row[: len(row) - len(rest)] + speaker).count("**") % 2 == 1
    speaker, plain = speaker.strip(), speaker.replace("*", "").replace("_", " ").replace("`", "").strip()
    if plain != speaker:
        mended.append("markdown")
    if not plain or len(plain) > NAME or not plain[0].isalpha():
        return None
    label: str | None = None
    if rest[place] in _BRACKETS:
        end = rest.find(_BRACKETS[rest[place]], place + 1, place + HEAD)
        if end < 0:
            return None
        label = rest[place + 1 : end].strip(" *_`\"'“”")
        if rest[place] != "[":
            mended.append("brackets")
        tail = _without_direction(rest[end + 1 :], mended)
    else:
        tail = rest[place:]
    words = tail.lstrip(" *_`" if bold else " ")
    bold = bold and "**" not in tail[: len(tail) - len(words)]
    if words[:1] and words[0] in _COLONS:
        words = words[1:]
    elif words[:1] and words[0] in "-–—":
        words = words[1:]
        mended.append("separator")
    elif label is None or scheme.canonical(label) is None:
        return None
    else:
        mended.append("separator")
    words = _without_bold(words.strip(), bold)
    if " ".join(words.split()) != words:
        words = " ".join(words.split())
        mended.append("white_space")
    if label is None:
        label, words = _label_in_text(words, scheme, mended)
    if number is None:
        mended.append("number")
    sure = label is not None and (number is not None or scheme.canonical(label) is not None)
    return _Line(plain, label, words, number, sure, tuple(mended))


def _number(row: str, mended: list[str]) -> tuple[str, int | None]:
    """The line without bullets, quotes and its number, and the number."""
    rest = row.lstrip(_BULLETS + " ")
    if rest != row and row[: len(row) - len(rest)].strip():
        mended.append("markdown")
    if rest[:5].casefold() == "turn ":
        rest = rest[5:]
        mended.append("number_form")
    digits = 0
    while digits < len(rest) and digits < 4 and rest[digits] in "0123456789":
        digits += 1
    if not digits:
        return rest, None
    number, rest = int(rest[:digits]), rest[digits:].lstrip()
    if rest[:1] and rest[0] in ".):-":
        if rest[0] != ".":
            mended.append("number_form")
        return rest[1:].lstrip(), number
    mended.append("number_form")
    return rest, number


def _without_direction(tail: str, mended: list[str]) -> str:
    """Without a stage direction between label and colon: `Ana [joy] (laughing): …`."""
    begin = tail.lstrip(" *")
    if begin[:1] == "(":
        end = begin.find(")", 1, HEAD)
        if end > 0 and begin[end + 1 :].lstrip(" *")[:1] in (*_COLONS,):
            mended.append("stage_direction")
            return begin[end + 1 :]
    return tail


def _without_bold(words: str, bold: bool) -> str:
    """Text without the closing ** of a bold tag, or of a bold line."""
    if bold and words.startswith("**"):
        return words[2:].lstrip()
    if bold and words.endswith("**"):
        return words[:-2].rstrip()
    return words


def _label_in_text(words: str, scheme: LabelScheme, mended: list[str]) -> tuple[str | None, str]:
    """A label of the scheme in brackets at the beginning or end of the text, taken out of it."""
    if words[:1] in ("[", "("):
        end = words.find(_BRACKETS[words[0]], 1, HEAD)
        if end > 0 and scheme.canonical(words[1:end]) is not None:
            mended.append("label_place")
            return words[1:end].strip(), words[end + 1 :].lstrip(" :：-–—")
    if words[-1:] in ("]", ")"):
        start = words.rfind("[" if words[-1] == "]" else "(", max(0, len(words) - HEAD))
        if start >= 0 and scheme.canonical(words[start + 1 : -1]) is not None:
            mended.append("label_place")
            return words[start + 1 : -1].strip(), words[:start].rstrip()
    return None, words


def _add_turn(reading: _Reading, line: _Line, scheme: LabelScheme) -> None:
    at = len(reading.heads)
    reading.repairs.extend(Repair(kind, at) for kind in line.mended)
    if line.number is not None and line.number != reading.last_number + 1:
        reading.repairs.append(Repair("number", at, str(line.number)))
        reading.last_number = line.number - 1
    if line.label is not None and scheme.canonical(line.label) not in (None, line.label):
        reading.repairs.append(Repair("label_spelling", at, line.label))
    reading.add(line.speaker, line.label, line.text)


def _add_rest(reading: _Reading, row: str, *, after_all: bool, at_end: bool, known: set[str]) -> bool:
    """A line that is no turn: dropped or joined to the turn before, and recorded. True when the reply ends in it."""
    if row.startswith("```") or not row.strip("-*=_~ "):
        reading.repairs.append(Repair("code_fence" if row.startswith("`") else "markdown", None, row[:HEAD]))
        return False
    if not reading.heads:
        reading.preamble.append(row)
        return False
    rest, number = _number(row, [])
    numbered = number is not None and number == reading.last_number + 1
    if after_all and at_end and (numbered or (_opens_tag(rest) and rest.split("[")[0].strip().casefold() in known)):
        return True
    if numbered:
        reading.add("", None, rest)
    elif after_all and (reading.blank or reading.postamble):
        reading.postamble.append(row)
    else:
        reading.texts[-1].append(row)
        reading.repairs.append(Repair("joined_lines", len(reading.heads) - 1))
    return False


def _opens_tag(rest: str) -> bool:
    return "[" in rest[:HEAD] and "]" not in rest


def _folded(repairs: Sequence[Repair], turns: int) -> tuple[Repair, ...]:
    """Each mending once; one that every turn needed is told for the whole."""
    repairs = list(dict.fromkeys(repairs))
    counts: dict[str, set[int]] = {}
    for repair in repairs:
        if repair.turn is not None and not repair.before:
            counts.setdefault(repair.kind, set()).add(repair.turn)
    whole = {kind for kind, at in counts.items() if turns > 1 and len(at) == turns}
    kept = [repair for repair in repairs if repair.kind not in whole or repair.before]
    return (*(Repair(kind) for kind in counts if kind in whole), *kept)


_WRAPPERS = {'"': '"', "“": "”", "«": "»", "„": "“", "”": "”"}


def _unquoted(
    turns: tuple[ParsedTurn, ...], repairs: tuple[Repair, ...]
) -> tuple[tuple[ParsedTurn, ...], tuple[Repair, ...]]:
    """Without the quotation marks that a model put around every turn; one quoted turn alone stays as it is."""
    if len(turns) < 2 or not all(_is_wrapped(turn.text) for turn in turns):
        return turns, repairs
    bare = tuple(ParsedTurn(turn.speaker, turn.label, turn.text[1:-1].strip()) for turn in turns)
    return bare, (*repairs, Repair("quotes"))


def _is_wrapped(text: str) -> bool:
    if len(text) < 3 or _WRAPPERS.get(text[0]) != text[-1]:
        return False
    inside = text[1:-1]
    return text[0] not in inside and text[-1] not in inside
