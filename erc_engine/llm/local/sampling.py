"""The next token of each row: temperature and nucleus (top-p) sampling, each row with a draw of its own.

    next_tokens(logits, temperatures=[0.9, 0.0], top_ps=[0.95, 1.0], points=[0.31, 0.77])    # [1204, 17]

A row's point in [0, 1) comes from its own seed, and picks a token by the cumulative probability of the likeliest ones
(Holtzman et al. 2020, arXiv:1904.09751). So what a row gets depends on its logits and its seed, never on its
neighbours in the batch. Temperature 0 takes the likeliest token.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

LIKELIEST = 512  # sorted first; the whole vocabulary only where these are less than top_p


def next_tokens(
    logits: Any, *, temperatures: Sequence[float], top_ps: Sequence[float], points: Sequence[float]
) -> list[int]:
    """Token ids from logits of shape (rows, vocabulary)."""
    import torch

    if not any(temperatures):
        return list(logits.argmax(-1).tolist())

    def column(values: Sequence[float]) -> Any:
        return torch.tensor(values, dtype=torch.float32, device=logits.device).unsqueeze(1)

    greedy = [temperature <= 0 for temperature in temperatures]
    warmth = column([1.0 if cold else temperature for cold, temperature in zip(greedy, temperatures, strict=True)])
    probabilities = torch.softmax(logits.float() / warmth, dim=-1)
    top_p = column(top_ps)
    largest, ids = probabilities.topk(min(LIKELIEST, logits.shape[-1]), dim=-1)
    if bool((largest.sum(-1, keepdim=True) < top_p).any()):
        largest, ids = probabilities.sort(dim=-1, descending=True)
    reached = largest.cumsum(-1)
    kept = (reached - largest < top_p).sum(-1, keepdim=True)  # the first token is always kept
    mass = reached.gather(1, kept - 1)
    place = torch.minimum((reached <= column(points) * mass).sum(-1, keepdim=True), kept - 1)
    place[torch.tensor(greedy, device=logits.device)] = 0
    return list(ids.gather(1, place).squeeze(1).tolist())
