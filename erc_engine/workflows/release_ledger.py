"""The ledger of a run as two files that may be handed on: what was planned and tried, and the replies as they came.

    found = ledger_files(workspace, "meld-balanced-2000-s1-0a1b2c", sources)
    found.ledger     # {"kind": "plan", …} and {"kind": "attempt", "state": "rejected", "prompt_hash": …, …}
    found.raw        # {"plan": "p00003", "number": 0, "sha256": …, "text": "1. Ana [joy]: …"}

Prompts stand there as hashes alone. A reply that carries text of a benchmark's dev or test is withheld, with its hash
in its place; so is whatever of it the ledger would quote.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from erc_engine.curation.contamination import ContaminationIndex
from erc_engine.domain.conversation import Dialogue, Split, Utterance
from erc_engine.domain.generation import RejectReason
from erc_engine.domain.generation_runs import Attempt
from erc_engine.workflows.workspace import Workspace

Sources = Sequence[tuple[str, Sequence[Dialogue]]]
_AFTER_NAME = re.compile(r"^[^:]{0,80}:\s*")
_IN_QUOTES = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class LedgerFiles:
    ledger: bytes
    raw: bytes
    withheld: int


def ledger_files(workspace: Workspace, run_id: str, sources: Sources) -> LedgerFiles:
    index = ContaminationIndex(list(sources))
    ledger: list[dict[str, Any]] = [{"kind": "plan", **asdict(plan)} for plan in workspace.store.ledger.plans(run_id)]
    raw, withheld = [], 0
    for attempt in workspace.store.runs.attempts(run_id):
        hidden = attempt.reason == RejectReason.CONTAMINATED or carries(index, attempt.raw)
        withheld += hidden
        ledger.append(_attempt(attempt, hidden))
        if attempt.raw:
            raw.append(_raw(attempt, hidden))
    return LedgerFiles(_lines(ledger), _lines(raw), withheld)


def carries(index: ContaminationIndex, reply: str) -> bool:
    """Whether a reply has text of the index in it, also one that no parser could read."""
    texts = list(dict.fromkeys(filter(str.strip, _pieces(reply))))
    if not texts:
        return False
    turns = tuple(Utterance(f"reply:{n}", "", text) for n, text in enumerate(texts))
    return bool(index.check(Dialogue("reply", Split.TRAIN, turns)))


def _pieces(reply: str) -> Iterator[str]:
    """Every line, what stands behind its first colon, and every text in quotes."""
    for line in reply.splitlines():
        yield line
        yield _AFTER_NAME.sub("", line)
    yield from _IN_QUOTES.findall(reply)


def _attempt(attempt: Attempt, hidden: bool) -> dict[str, Any]:
    return {
        "kind": "attempt",
        "plan": attempt.plan,
        "number": attempt.number,
        "seed": attempt.seed,
        "state": str(attempt.state),
        "reason": attempt.reason or None,
        "detail": (None if hidden else attempt.detail) or None,
        "dialogue": attempt.dialogue.id if attempt.dialogue else None,
        "surplus": attempt.surplus,
        "prompt_hash": attempt.prompt_hash or None,
        "finish": attempt.finish or None,
        "prompt_tokens": attempt.prompt_tokens,
        "completion_tokens": attempt.completion_tokens,
        "seconds": attempt.seconds,
        "injected": attempt.injected,
        "repairs": [{"kind": r.kind, "turn": r.turn} for r in attempt.repairs],
    }


def _raw(attempt: Attempt, hidden: bool) -> dict[str, Any]:
    digest = hashlib.sha256(attempt.raw.encode("utf-8", "surrogatepass")).hexdigest()
    place = {"plan": attempt.plan, "number": attempt.number, "sha256": digest}
    if hidden:
        return {**place, "text": None, "withheld": "carries text of a benchmark's dev or test split"}
    return {**place, "text": attempt.raw}


def _lines(rows: Sequence[dict[str, Any]]) -> bytes:
    return "".join(f"{json.dumps(row, ensure_ascii=True, allow_nan=False)}\n" for row in rows).encode("ascii")
