"""What people made of one dialogue: who reviewed it, their votes turn by turn, and what was edited.

    seen = reviewed(workspace, "made", "d1")
    seen.reviewers                        # (Reviewer("ana", through=True, decision="accept"), …)
    seen.turns["d1:0"].votes              # {"joy": 2, "neutral": 1}
    seen.turns["d1:0"].majority           # "joy"

Votes of people alone: models and judges are compared with them under Disagreement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.curation import AnnotatorKind
from erc_engine.domain.review import ReviewAction, ReviewMode, StoredEvent, decisions, done, edits, live
from erc_engine.workflows.workspace import Workspace

WORK = (*(a for a in ReviewAction if a not in (ReviewAction.SHOWN, ReviewAction.UNDO)),)


@dataclass(frozen=True)
class Reviewer:
    """`through` says that nothing of the dialogue is left for them; `decision` is empty while they took none."""

    name: str
    through: bool
    decision: str


@dataclass(frozen=True)
class TurnReview:
    """`votes` leave out those given with the label in sight, which are `anchored`. `edited` is the text that holds."""

    votes: Mapping[str, int] = field(default_factory=dict)
    anchored: Mapping[str, int] = field(default_factory=dict)
    edited: str = ""

    @property
    def voters(self) -> int:
        return sum(self.votes.values())

    @property
    def majority(self) -> str | None:
        """The label of more than half of two voters or more."""
        label, most = max(self.votes.items(), key=lambda pair: pair[1], default=("", 0))
        return label if self.voters > 1 and 2 * most > self.voters else None


@dataclass(frozen=True)
class DialogueReview:
    reviewers: tuple[Reviewer, ...]
    turns: Mapping[str, TurnReview]

    @property
    def agreed(self) -> int:
        """Turns with a majority."""
        return sum(turn.majority is not None for turn in self.turns.values())


def reviewed(workspace: Workspace, corpus: str, dialogue: Dialogue) -> DialogueReview:
    """Empty where nobody has voted or reviewed."""
    events = workspace.store.review.events(corpus, dialogue.id)
    people = workspace.store.votes.of_dialogue(corpus, dialogue.id, AnnotatorKind.HUMAN)
    edited = {place[1]: event.value for place, event in edits(events).items()}
    turns = {}
    for u in dialogue.utterances:
        mine = [v for v in people if v.utterance == u.id]
        votes: Counter[str] = Counter()
        anchored: Counter[str] = Counter()
        for v in mine:
            (anchored if v.mode == ReviewMode.VERIFY else votes)[v.label] += v.count
        turns[u.id] = TurnReview(dict(votes.most_common()), dict(anchored.most_common()), edited.get(u.id, ""))
    return DialogueReview(_reviewers(dialogue, events), turns)


def _reviewers(dialogue: Dialogue, events: Sequence[StoredEvent]) -> tuple[Reviewer, ...]:
    ids = [u.id for u in dialogue.utterances]
    taken = decisions(events)
    modes: dict[str, set[str]] = {}
    for stored in live(events):
        if stored.event.action in WORK:
            modes.setdefault(stored.event.annotator, set()).add(stored.event.mode)
    return tuple(
        Reviewer(
            who,
            any(done(events, dialogue.id, ids, who, mode) for mode in seen_in),
            str(taken.get((dialogue.id, who), "")),
        )
        for who, seen_in in modes.items()
    )
