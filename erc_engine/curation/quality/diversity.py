"""How varied the words are, at equal numbers of tokens: distinct-n, compression ratio, repeated long n-grams.

    diversity(TwoSets(mine, theirs)).row("distinct_2").mine     # Measured(0.61, …, n=9000): n counts tokens a draw

distinct-n is different n-grams over all n-grams. The compression ratio is the size of the text over its size after
zlib: the higher, the more repeats. Self-repetition is the share of 4-grams that another dialogue of the draw has too.
N-grams run on from turn to turn inside a dialogue, since otherwise short turns would have fewer of them.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator, Sequence

from erc_engine.corpora.text import words
from erc_engine.curation.quality.compared import TwoSets
from erc_engine.curation.quality.equal_amounts import Estimate, compared_estimates, draws, equal_amount, estimate
from erc_engine.domain.quality import NUMBER, SHARE, Aid, Bars, Section

MOST_TOKENS, DRAWS, LONG = 10_000, 20, 4
LEAST_TOKENS = 20
ALL = ("distinct_1", "distinct_2", "distinct_3", "compression", "self_repetition")
AID = Aid(
    "distinct-n: different n-grams over all n-grams. Compression ratio: size over size after zlib. Self-repetition: "
    "share of 4-grams that stand in another dialogue too. All at equal tokens, averaged over draws of dialogues.",
    "Lower distinct-n, or higher compression and self-repetition than the benchmark: the set repeats itself. "
    "Compare only values of one card: they depend on the number of tokens.",
    "distinct-n: Li et al. 2016 (arXiv 1510.03055); the trio: Shaib et al. 2024 (arXiv 2403.00553); why at equal "
    "length: Deshpande et al. 2025 (arXiv 2507.15092)",
)
NAMES = {
    "distinct_1": ("distinct-1", SHARE),
    "distinct_2": ("distinct-2", SHARE),
    "distinct_3": ("distinct-3", SHARE),
    "compression": ("compression ratio", NUMBER),
    "self_repetition": ("4-grams that another dialogue has", SHARE),
}
SHARES = tuple(key for key, (_, unit) in NAMES.items() if unit == SHARE)


def diversity(sets: TwoSets) -> Section:
    texts = [[[words(u.text) for u in d.utterances] for d in side] for side in sets.sides]
    sizes = [[sum(map(len, d)) for d in side] for side in texts]
    amount = equal_amount(sizes, MOST_TOKENS)
    found = [_measured(t, s, amount, sets.seed, stream) for stream, (t, s) in enumerate(zip(texts, sizes, strict=True))]
    rows = []
    for key, (name, unit) in NAMES.items():
        most = 1.0 if unit == SHARE else float("inf")
        each = [side[key] for side in found]
        rows.append(compared_estimates(key, name, "tokens in each draw", each, sets, most=most, unit=unit))
    note = f"at {amount:,} tokens, mean of {DRAWS} draws of whole dialogues; tokens are words without case and marks"
    values = [tuple(side[key].value for key in SHARES) for side in found]
    bars = Bars(
        "diversity",
        "at equal tokens",
        tuple(NAMES[key][0] for key in SHARES),
        values[0],
        values[1] if len(values) > 1 else (),
    )
    return Section("diversity", "Diversity of words", AID, tuple(rows), (bars,), notes=(note,))


def _measured(
    texts: Sequence[list[list[str]]], sizes: Sequence[int], amount: int, seed: int, stream: int
) -> dict[str, Estimate]:
    if amount < LEAST_TOKENS:
        none = Estimate(None, None, 0, f"fewer than {2 * LEAST_TOKENS} tokens: too little text for a draw")
        return dict.fromkeys(ALL, none)
    values: dict[str, list[float]] = {key: [] for key in ALL}
    for draw in draws(sizes, amount, DRAWS, seed=seed, stream=stream):
        for key, value in of_text([cut(texts[d], taken) for d, taken in draw]).items():
            values[key].append(value)
    fraction = amount / sum(sizes)
    with_text = sum(size > 0 for size in sizes)
    return {key: estimate(found, fraction, amount, dialogues=with_text) for key, found in values.items()}


def cut(turns: list[list[str]], tokens: int) -> list[list[str]]:
    """The first so many tokens of a dialogue."""
    kept = []
    for turn in turns:
        if tokens <= 0:
            break
        kept.append(turn[:tokens])
        tokens -= len(turn)
    return kept


def of_text(dialogues: Sequence[list[list[str]]]) -> dict[str, float]:
    """The five measures of some dialogues, given as tokens of their turns."""
    running = [[token for turn in turns for token in turn] for turns in dialogues]
    found = {}
    for n in (1, 2, 3):
        grams = [gram for tokens in running for gram in ngrams(tokens, n)]
        found[f"distinct_{n}"] = len(set(grams)) / len(grams) if grams else 1.0
    text = "\n".join(" ".join(turn) for turns in dialogues for turn in turns).encode("utf-8", "surrogatepass")
    found["compression"] = len(text) / len(zlib.compress(text, 9))
    found["self_repetition"] = self_repetition(running)
    return found


def ngrams(tokens: Sequence[str], n: int) -> Iterator[tuple[str, ...]]:
    return zip(*(tokens[i:] for i in range(n)), strict=False)


def self_repetition(running: Sequence[Sequence[str]]) -> float:
    """Share of long n-grams whose like stands in another dialogue; 0 where there is none."""
    each = [list(ngrams(tokens, LONG)) for tokens in running]
    dialogues_with = Counter(gram for grams in each for gram in set(grams))
    total = sum(map(len, each))
    return sum(dialogues_with[gram] > 1 for grams in each for gram in grams) / total if total else 0.0
