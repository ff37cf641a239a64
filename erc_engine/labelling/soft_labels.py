"""Votes of several annotators turned into a distribution over labels, by a named rule.

    labels = soft_labels(votes, scheme("meld"))
    labels["d1", "d1:0"]     # SoftLabel("d1:0", {"joy": 0.6, "neutral": 0.4}, n=5, majority="joy", ties=())

A tie is kept: two labels that lead together give majority None and both names in `ties`. Votes stay as they are in
the store; the rule's name belongs beside every result that was made with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from erc_engine.domain.curation import SoftLabel, Vote
from erc_engine.domain.labels import LabelScheme
from erc_engine.errors import InputError
from erc_engine.labelling.counted_votes import table

RULES = ("share",)


def soft_labels(votes: Iterable[Vote], scheme: LabelScheme, rule: str = "share") -> dict[tuple[str, str], SoftLabel]:
    """Soft labels by (dialogue, utterance), for utterances with a vote that counts.

    Rule `share`: a label's share is its votes over all votes, with no smoothing. `majority` is the label with the
    most votes (a plurality: it need not have half of them). Which votes count stands in `counted_votes`.
    """
    if rule not in RULES:
        raise InputError(f"there is no rule '{rule}' for soft labels", hint=f"rules: {', '.join(RULES)}")
    return {place: _share(place[1], counts) for place, counts in table(votes, scheme).items()}


def _share(utterance: str, counts: Mapping[str, int]) -> SoftLabel:
    n, most = sum(counts.values()), max(counts.values())
    leading = tuple(label for label, count in counts.items() if count == most)
    tied = len(leading) > 1
    return SoftLabel(
        utterance=utterance,
        shares={label: count / n for label, count in counts.items()},
        n=n,
        majority=None if tied else leading[0],
        ties=leading if tied else (),
    )
