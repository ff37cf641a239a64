"""What loaders hand on: `Read` from the file of one format, `Loaded` as a named corpus with its faults.

Read(dialogues, scheme("meld"), MELD, faults)      →  Loaded(Corpus("meld", "meld", …), faults, "MELD/")
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from erc_engine.domain.conversation import Corpus, Dialogue, Licence, Origin
from erc_engine.domain.labels import LabelScheme
from erc_engine.domain.reports import Fault
from erc_engine.errors import InputError


@dataclass(frozen=True)
class Read:
    """One source as read. `form` tells apart the shapes in which a benchmark is handed around."""

    dialogues: tuple[Dialogue, ...]
    scheme: LabelScheme
    licence: Licence
    faults: tuple[Fault, ...] = ()
    form: str | None = None
    origin: Origin = Origin.IMPORTED


@dataclass(frozen=True)
class Loaded:
    """A corpus, what was found and done while reading it, and where it came from."""

    corpus: Corpus
    faults: tuple[Fault, ...]
    source: str


def refuse_repeated_ids(dialogues: tuple[Dialogue, ...], source: str) -> None:
    """Dialogue ids and utterance ids are each unique over a whole corpus."""
    for what, ids in (
        ("dialogue", [d.id for d in dialogues]),
        ("utterance", [u.id for d in dialogues for u in d.utterances]),
    ):
        if len(set(ids)) < len(ids):
            repeated = [id_ for id_, times in Counter(ids).items() if times > 1]
            raise InputError(
                f"{source}: {what} id {repeated[0]!r} stands more than once ({len(repeated)} such ids)",
                hint=f"give every {what} an id of its own",
            )
