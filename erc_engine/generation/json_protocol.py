"""Reads protocol json/1 as models really write it.

    {"turns": [{"speaker": "Ana", "emotion": "joy", "text": "You came!"}]}     as asked for
    ```json … ```, words before and after, a bare list, other key names, missing commas     read, and recorded

Broken JSON goes through json-repair, turn by turn. A reply that stops inside a turn is broken off; one that only
lacks its last brackets is mended.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from erc_engine.domain.generation import ParsedReply, ParsedTurn, Repair
from erc_engine.domain.labels import LabelScheme
from erc_engine.generation.line_protocol import BrokenOff

MAX_OBJECT = 1_000  # characters of one broken turn that are worth mending
MAX_MENDED = 20_000  # the same for a whole reply
_LISTS = ("turns", "dialogue", "conversation", "utterances", "lines")
_SPEAKER = ("speaker", "name", "character", "who")
_LABEL = ("emotion", "label", "feeling")
_TEXT = ("text", "utterance", "line", "content")
_OBJECT = re.compile(r"\{[^{}]*\}?")
_KEY = re.compile("|".join((*_SPEAKER, *_TEXT)))
_SMART_KEY = re.compile(r"[{,]\s?[“”]")
_STRAIGHT = str.maketrans("“”", '""')


def read_json(text: str, scheme: LabelScheme) -> ParsedReply | BrokenOff | None:
    """The turns of a reply, BrokenOff when it stops inside one, None when there is no turn in it."""
    start = min((i for i in (text.find("{"), text.find("[")) if i >= 0), default=-1)
    if start < 0:
        return None
    end = max(text.rfind("}"), text.rfind("]")) + 1
    unclosed = _ends_open(text[start:])
    broken = unclosed and text.rstrip("`\n ")[-1:] not in ("}", "]")
    body = text[start:end] if end > start and not broken else text[start:]
    repairs = _around(text[:start], "preamble") + ([] if broken else _around(text[end:], "postamble"))
    loaded = _strict(body)
    if loaded is None:
        loaded = {_LISTS[0]: _mended_objects(body)}
        repairs.append(Repair("json"))
    rows, named = _rows(loaded)
    turns, mended = _turns(rows, scheme)
    if not turns:
        return None
    if broken:
        return BrokenOff(text[-80:])
    return ParsedReply(turns, (*dict.fromkeys(repairs), *([] if named else [Repair("json_form")]), *mended))


def _ends_open(text: str) -> bool:
    """Whether brackets stay open at the end; those inside strings do not count."""
    depth = 0
    inside = escaped = False
    for c in text:
        if inside:
            if escaped:
                escaped = False
            elif c == "\\":
                escaped = True
            elif c == '"':
                inside = False
        elif c == '"':
            inside = True
        elif c in "{[":
            depth += 1
        elif c in "}]":
            depth -= 1
    return depth > 0 or inside


def _strict(body: str) -> Any | None:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _mended_objects(body: str) -> list[Any]:
    """The innermost objects of broken JSON, each mended by itself.

    json-repair's time grows with the square of a text's length (a minute for 20,000 characters of garbage), so
    it gets one turn at a time, and no more of them than a dialogue has.
    """
    from json_repair import repair_json

    found: list[Any] = []
    left = MAX_MENDED
    for piece in _OBJECT.findall(body):
        if _KEY.search(piece) is None:
            continue
        loaded = _strict(piece)
        if loaded is None and len(piece) <= min(left, MAX_OBJECT):
            left -= len(piece)
            straight = piece.translate(_STRAIGHT) if _SMART_KEY.search(piece) else piece
            try:
                loaded = repair_json(straight, return_objects=True, skip_json_loads=True)
            except (ValueError, RecursionError, IndexError, KeyError, TypeError, AttributeError):
                loaded = None
        found.append(loaded)
    return found


def _rows(loaded: Any) -> tuple[list[Any], bool]:
    """The list of turns, and whether it stood where it should."""
    if isinstance(loaded, Mapping):
        for number, key in enumerate(_LISTS):
            if isinstance(loaded.get(key), list):
                return loaded[key], number == 0
        return [loaded], False
    if isinstance(loaded, list):
        if len(loaded) == 1 and isinstance(loaded[0], Mapping) and any(key in loaded[0] for key in _LISTS):
            return _rows(loaded[0])[0], False
        return loaded, False
    return [], False


def _turns(rows: list[Any], scheme: LabelScheme) -> tuple[tuple[ParsedTurn, ...], list[Repair]]:
    """Turns of the rows that are mappings with a text or a speaker; values that are no texts become none."""
    turns: list[ParsedTurn] = []
    repairs: list[Repair] = []
    for row in rows:
        if not isinstance(row, Mapping) or not any(row.get(key) is not None for key in (*_TEXT, *_SPEAKER)):
            repairs.append(Repair("row_dropped", len(turns)))
            continue
        speaker, label, text = (_of(row, keys) for keys in (_SPEAKER, _LABEL, _TEXT))
        usual = (_SPEAKER[0], _LABEL[0], _TEXT[0])
        if set(row) - set(usual) or not all(isinstance(row.get(key), str | None) for key in usual):
            repairs.append(Repair("keys", len(turns)))
        if label is not None and scheme.canonical(label) not in (None, label):
            repairs.append(Repair("label_spelling", len(turns), label))
        words = " ".join((text or "").split())
        if words != (text or ""):
            repairs.append(Repair("white_space", len(turns)))
        turns.append(ParsedTurn((speaker or "").strip(), label, words))
    return tuple(turns), repairs


def _of(row: Mapping[Any, Any], keys: tuple[str, ...]) -> str | None:
    return next((row[key] for key in keys if isinstance(row.get(key), str)), None)


def _around(text: str, kind: str) -> list[Repair]:
    """What stands before or after the JSON, recorded; code fences by their own name."""
    found = []
    if "```" in text:
        found.append(Repair("code_fence"))
    words = text.replace("```json", "").replace("```", "").strip()
    if words:
        found.append(Repair(kind, None, words[:400]))
    return found
