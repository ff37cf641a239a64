"""In which order the dialogues of a corpus come up for review.

    review_queue(ids, {}, scheme, "random", seed=7)             # all ids, shuffled
    review_queue(ids, labels, scheme, "by label", seed=7)       # each round: one with neutral, one with joy, … shuffled

The order is the same for every annotator, so that the first dialogues have all their annotators soonest.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence, Set

from erc_engine.domain.labels import LabelScheme
from erc_engine.errors import InputError

BY_LABEL = "by label"
ORDERS = ("in order", "random", BY_LABEL)


def review_queue(
    dialogues: Sequence[str],
    labels: Mapping[str, Set[str | None]],
    scheme: LabelScheme,
    order: str,
    *,
    seed: int = 0,
) -> tuple[str, ...]:
    """Ids in the order asked for. By label: rare labels come up as often as frequent ones while there are any.

    `labels` are those of each dialogue, needed for this order alone. A round takes, for each label, one dialogue that
    has it and was not taken before; inside a round the order is drawn, so that the place in the queue tells nobody the
    label. Dialogues without labels come last.
    """
    if order not in ORDERS:
        raise InputError(f"'{order}' is not an order of the queue", hint=f"one of {', '.join(ORDERS)}")
    ids = list(dialogues)
    if order == "in order":
        return tuple(ids)
    draw = random.Random(f"review {seed}")
    draw.shuffle(ids)
    return tuple(ids) if order == "random" else _by_label(labels, scheme, ids, draw)


def _by_label(
    labels: Mapping[str, Set[str | None]], scheme: LabelScheme, shuffled: Sequence[str], draw: random.Random
) -> tuple[str, ...]:
    strata = {name: [i for i in reversed(shuffled) if name in labels[i]] for name in scheme.names}
    taken: dict[str, None] = {}
    while any(strata.values()):
        found = []
        for waiting in strata.values():
            while waiting and waiting[-1] in taken:
                waiting.pop()
            if waiting:
                taken[waiting[-1]] = None
                found.append(waiting.pop())
        for dialogue in found:
            del taken[dialogue]
        draw.shuffle(found)
        taken.update(dict.fromkeys(found))
    return (*taken, *(i for i in shuffled if i not in taken))
