"""Whether the labels of a dialogue are confirmed, and what becomes of it where they are not.

    verify = Verification(GateSettings(judge="openai:lab#judge"), ask)
    verify(dialogue, plan)      # the dialogue with unconfirmed turns masked, or Rejection(RejectReason.UNVERIFIED, …)

`ask` gives what each verifier says of the turns; who they are, and where it is kept, is the caller's affair. So is
`ahead`, which lets them think of a dialogue before it is their turn. A label is confirmed when every verifier supports
it up to its threshold; one that could not be read at all confirms nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.generation import LabelPlan, Rejection, RejectReason
from erc_engine.domain.verification import MASKED, Below, GateSettings, Opinion, intended_labels

Said = Mapping[str, Sequence[Opinion]]  # kind of verifier → one opinion a turn


@dataclass(frozen=True)
class Verification:
    settings: GateSettings
    ask: Callable[[Dialogue], Said]
    ahead: Callable[[Dialogue], None] = lambda dialogue: None

    def __call__(self, dialogue: Dialogue, plan: LabelPlan) -> Dialogue | Rejection:
        return gated(dialogue, self.ask(dialogue), self.settings)


def gated(dialogue: Dialogue, said: Said, settings: GateSettings) -> Dialogue | Rejection:
    """The dialogue, with masks where labels are not confirmed, or why it is given up."""
    doubted = unconfirmed(intended_labels(dialogue), said, settings)
    if not doubted:
        return dialogue
    labelled = sum(label is not None for label in dialogue.labels)
    too_many = len(doubted) > settings.most_masked * labelled
    if settings.below is Below.MASK and not too_many:
        return with_masks(dialogue, doubted)
    first = min(doubted)
    label = dialogue.utterances[first].label
    told = f"{len(doubted)} of {labelled} labels are not confirmed, the first in turn {first + 1} [{label}]"
    return Rejection(RejectReason.UNVERIFIED, f"{told}: {doubted[first]}", tuple(sorted(doubted)))


def unconfirmed(labels: Sequence[str | None], said: Said, settings: GateSettings) -> dict[int, str]:
    """Turns (from 0) whose label is not confirmed, with who does not confirm it."""
    found: dict[int, str] = {}
    for turn, label in enumerate(labels):
        if label is None:
            continue
        against = []
        for kind, opinions in said.items():
            support, wanted = opinions[turn].support(label), settings.threshold_of(kind, label)
            if support is None:
                against.append(f"{kind} unread")
            elif support < wanted:
                against.append(f"{kind} {support:.2f} < {wanted:.2f}")
        if against:
            found[turn] = ", ".join(against)
    return found


def with_masks(dialogue: Dialogue, by: Mapping[int, str]) -> Dialogue:
    """These turns lose their label and stay as context; what it was, and why it went, is kept with them."""
    turns = []
    for n, (utterance, intended) in enumerate(zip(dialogue.utterances, intended_labels(dialogue), strict=True)):
        if n in by:
            mask = {"intended": intended, "by": by[n]}
            utterance = replace(utterance, label=None, extra={**utterance.extra, MASKED: mask})
        turns.append(utterance)
    return replace(dialogue, utterances=tuple(turns))


def without_masks(dialogue: Dialogue) -> Dialogue:
    """As it was meant: masked turns have their intended label again."""
    if not any(MASKED in u.extra for u in dialogue.utterances):
        return dialogue
    turns = (
        replace(u, label=label, extra={k: v for k, v in u.extra.items() if k != MASKED})
        for u, label in zip(dialogue.utterances, intended_labels(dialogue), strict=True)
    )
    return replace(dialogue, utterances=tuple(turns))
