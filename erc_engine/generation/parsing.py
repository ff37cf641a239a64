"""From a model's reply to turns, tolerantly: what is mended is recorded, what is missing is not invented.

    parse("1. Ana [joy]: You came!\\n2. Bo [neutral]: Barely.", Protocol.LINES, scheme("meld"))
    # ParsedReply(turns=(ParsedTurn("Ana", "joy", "You came!"), ParsedTurn("Bo", "neutral", "Barely.")))
    parse("I'm sorry, but I can't help with that.", Protocol.LINES, scheme("meld"))
    # Rejection(RejectReason.REFUSAL, …)

No text makes it raise, and its time grows with the length of the text, which is bounded. Whether the turns are
the planned ones is judged in `checks`.
"""

from __future__ import annotations

from erc_engine.domain.generation import ParsedReply, Protocol, Rejection, RejectReason, Repair
from erc_engine.domain.labels import LabelScheme
from erc_engine.generation.json_protocol import read_json
from erc_engine.generation.line_protocol import BrokenOff, read_lines
from erc_engine.generation.phrases import refuses

MAX_REPLY = 100_000  # characters; forty long turns are 10,000
_THOUGHTS = ("<think>", "</think>")


def parse(text: str, protocol: Protocol, scheme: LabelScheme) -> ParsedReply | Rejection:
    """The turns of a reply in a protocol, or in the other one if that is what the model wrote."""
    if not text.strip():
        return Rejection(RejectReason.EMPTY_REPLY, "nothing but white space")
    if len(text) > MAX_REPLY:
        return Rejection(RejectReason.UNPARSED, f"{len(text)} characters, more than {MAX_REPLY}")
    body, repairs = without_thoughts(text.replace("\r\n", "\n"))
    readers = (read_json, read_lines) if protocol is Protocol.JSON else (read_lines, read_json)
    for read in readers:
        found = read(body, scheme)
        if isinstance(found, BrokenOff):
            return Rejection(RejectReason.TRUNCATED, f"it ends inside a turn: …{found.stub[-80:]}")
        if found is not None:
            other = () if read is readers[0] else (Repair("other_protocol"),)
            return ParsedReply(found.turns, (*repairs, *other, *found.repairs))
    if refuses(body):
        return Rejection(RejectReason.REFUSAL, body.strip()[:200])
    return Rejection(RejectReason.UNPARSED, f"no turn in: {body.strip()[:200]}")


def without_thoughts(text: str) -> tuple[str, tuple[Repair, ...]]:
    """Without the thinking that some models write before their reply."""
    opening, closing = _THOUGHTS
    before, found, after = text.partition(closing)
    if found and before.lstrip().startswith(opening):
        return after, (Repair("thoughts", None, before[:400]),)
    return text, ()
