"""How a dialogue is written as a model's reply.

    write_lines(turns)   # 1. Ana [joy]: You came!
                         # 2. Bo [neutral]: Barely.
    write_json(turns)    # {"turns": [{"speaker": "Ana", "emotion": "joy", "text": "You came!"}, …]}

Reading such text back, tolerantly, is `generation.parsing`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from erc_engine.domain.generation import ParsedTurn, Protocol


def write(turns: Iterable[ParsedTurn], protocol: Protocol) -> str:
    return write_json(turns) if protocol is Protocol.JSON else write_lines(turns)


def write_lines(turns: Iterable[ParsedTurn]) -> str:
    """Protocol lines/1, numbered from 1. White space inside a turn is folded, since a turn is one line."""
    return "\n".join(write_line(number, turn) for number, turn in enumerate(turns, start=1))


def write_line(number: int, turn: ParsedTurn) -> str:
    label = f" [{turn.label}]" if turn.label is not None else ""
    return f"{number}. {turn.speaker}{label}: {' '.join(turn.text.split())}".rstrip()


def write_json(turns: Iterable[ParsedTurn]) -> str:
    """Protocol json/1: one object, one turn a line, so that a cut reply still has whole turns."""
    rows = (json.dumps({"speaker": t.speaker, "emotion": t.label, "text": t.text}, ensure_ascii=False) for t in turns)
    return '{"turns": [\n' + ",\n".join(rows) + "\n]}"
