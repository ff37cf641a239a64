"""Which faults a replayed reply can be given, at which rates, and which one a request draws.

    faults = parse_faults("truncated:0.1,timeout:0.05", plant=())
    faults.draw(seed=7, failures=0)     # "truncated", "timeout" or None: always the same for the same request

Four families. REJECT_FAULTS are named after the reason for which the checks turn such a reply down, FAIL_FAULTS
after the reason for which no reply comes. COPY_FAULTS (and `contaminated`) put a planted benchmark text into a
turn, so they need such texts. NOISE_FAULTS are what a tolerant parser mends: the dialogue survives.
`all:RATE` spreads a rate evenly over the first three families, as far as they can be made; noise is
always asked for by name. How each broken reply looks: `broken_replies`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

from erc_engine.domain.generation import FailReason, RejectReason
from erc_engine.errors import InputError, ModelError

REJECT_FAULTS: tuple[str, ...] = tuple(r.value for r in RejectReason if r != RejectReason.UNVERIFIED)
FAIL_FAULTS: tuple[str, ...] = tuple(reason.value for reason in FailReason if reason != FailReason.REFUSED_REQUEST)
COPY_FAULTS = ("copy_verbatim", "copy_recased", "copy_one_word")
NOISE_FAULTS = ("noise_markdown", "noise_preamble", "noise_quotes", "noise_numbers")
FAULT_KINDS = (*REJECT_FAULTS, *FAIL_FAULTS, *COPY_FAULTS, *NOISE_FAULTS)
PLANTING_FAULTS = (RejectReason.CONTAMINATED.value, *COPY_FAULTS)


class InjectedFault(ModelError):
    """A failure that was asked for; `injected` is its kind, so that the ledger can say so."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"injected fault: {kind.replace('_', ' ')}",
            hint="this failure was asked for in the spec of the model",
            code=kind,
            retryable=True,
        )
        self.injected = kind


@dataclass(frozen=True)
class Faults:
    """Kinds with their rates; what is left to 1 is the chance of an untouched reply."""

    rates: tuple[tuple[str, float], ...] = ()

    def draw(self, seed: int, failures: int) -> str | None:
        """The kind for a request, from its seed and its failed attempts alone: a lost attempt draws the same again."""
        point = unit_draw("fault", seed, failures)
        for kind, rate in self.rates:
            if point < rate:
                return kind
            point -= rate
        return None


def unit_draw(purpose: str, seed: int, failures: int) -> float:
    """A number in [0, 1) that is the same on every machine and in every thread."""
    digest = hashlib.blake2b(f"{purpose}/{seed}/{failures}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / 2**53


def parse_faults(written: str, *, plant: Sequence[str] = ()) -> Faults:
    """Read "KIND:RATE,KIND:RATE"; InputError for an unknown kind, a rate outside 0 to 1, or rates summing over 1."""
    rates: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in written.split(","))):
        kind, colon, number = part.partition(":")
        rate = _rate(part, number if colon else "")
        for name, share in _spread(kind.strip(), rate, plant):
            rates[name] = rates.get(name, 0.0) + share
    if sum(rates.values()) > 1 + 1e-9:
        raise InputError(
            f"the rates of the faults sum to {sum(rates.values()):g}, more than 1",
            hint="a reply carries one fault at most: lower the rates, as in faults=truncated:0.1,timeout:0.1",
        )
    return Faults(tuple((kind, rates[kind]) for kind in FAULT_KINDS if rates.get(kind)))


def _rate(part: str, number: str) -> float:
    try:
        rate = float(number)
    except ValueError:
        rate = math.nan
    if not 0 <= rate <= 1:  # also false for nan
        raise InputError(f"fault '{part}' has no rate between 0 and 1", hint=_known())
    return rate


def _spread(kind: str, rate: float, plant: Sequence[str]) -> list[tuple[str, float]]:
    if kind == "all":
        every = (*REJECT_FAULTS, *FAIL_FAULTS, *COPY_FAULTS)
        kinds = [name for name in every if plant or name not in PLANTING_FAULTS]
        return [(name, rate / len(kinds)) for name in kinds]
    if kind not in FAULT_KINDS:
        raise InputError(f"fault '{kind}' is not known", hint=_known())
    if kind in PLANTING_FAULTS and not plant:
        raise InputError(
            f"fault '{kind}' plants texts of a benchmark's test split, and there are none here",
            hint="import a benchmark first, or leave this fault out",
        )
    return [(kind, rate)]


def _known() -> str:
    return f"write KIND:RATE with a rate from 0 to 1; kinds: all, {', '.join(FAULT_KINDS)}"
