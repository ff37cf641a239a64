"""Tokens of a run from its ledger, and what they cost at the prices of config.toml.

usage_of(attempts, Price(prompt=0.15, completion=0.60))
str(_)      # "$0.42, 310,000 prompt + 140,000 completion tokens, 3 of 120 replies did not tell their tokens"
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from erc_engine.domain.generation_runs import Attempt, AttemptState, Usage
from erc_engine.settings import Endpoint, Price
from erc_engine.store.ledger import StoredOutcome

_REPLIED = (AttemptState.ACCEPTED, AttemptState.REJECTED)
_UNANSWERED = (AttemptState.FAILED, AttemptState.LOST)


def usage_of(attempts: Iterable[Attempt | StoredOutcome], price: Price | None) -> Usage:
    """Each attempt has one reply at most, so nothing counts twice, however often it was asked for."""
    replies = untold = unanswered = prompt = completion = 0
    for attempt in attempts:
        unanswered += attempt.state in _UNANSWERED
        if attempt.state in _REPLIED:
            replies += 1
            untold += attempt.prompt_tokens is None or attempt.completion_tokens is None
            prompt += attempt.prompt_tokens or 0
            completion += attempt.completion_tokens or 0
    dollars = None if price is None else (prompt * price.prompt + completion * price.completion) / 1_000_000
    return Usage(replies, untold, unanswered, prompt, completion, dollars)


def price_of(spec: str, endpoints: Mapping[str, Endpoint]) -> Price | None:
    """The price of an `openai:NAME#model`, as config.toml has it today."""
    kind, _, rest = spec.partition(":")
    name, _, model = rest.partition("#")
    return endpoints[name].prices.get(model.strip()) if kind == "openai" and name in endpoints else None
