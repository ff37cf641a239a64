"""The card that stands beside exported files, so that scheme, licence and origin travel with the text.

mine.corpus.json: {"name": "mine", "kind": "jsonl", "scheme": {…}, "licence": {…}, "origin": "generated",
                   "version": null, "hash": "…", "dialogues": {"train": 80}, "utterances": {"train": 912}}
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from erc_engine.corpora.files import read_json
from erc_engine.domain.conversation import Corpus, Licence, Origin, Split
from erc_engine.domain.labels import LabelScheme
from erc_engine.errors import InputError

ENDING = ".corpus.json"


@dataclass(frozen=True)
class Card:
    """What a reader takes from a card; counts and hash are for people."""

    scheme: LabelScheme
    licence: Licence
    origin: Origin
    version: str | None


def card_path(data_file: Path) -> Path:
    return data_file.with_name(data_file.stem + ENDING)


def card_json(corpus: Corpus, content_hash: str) -> dict[str, Any]:
    splits = {split: corpus.split(split) for split in Split}
    return {
        "name": corpus.name,
        "kind": corpus.kind,
        "scheme": corpus.scheme.to_json(),
        "licence": asdict(corpus.licence),
        "origin": str(corpus.origin),
        "version": corpus.version,
        "hash": content_hash,
        "dialogues": {str(split): len(dialogues) for split, dialogues in splits.items() if dialogues},
        "utterances": {str(s): sum(len(d) for d in dialogues) for s, dialogues in splits.items() if dialogues},
    }


def read_card(data_file: Path) -> Card | None:
    """The card beside a file, None when there is none; a card that cannot be used is refused, never passed over."""
    path = card_path(data_file)
    try:
        if not path.is_file():
            return None
    except OSError:  # the name of a card would be too long to exist
        return None
    data, _ = read_json(path)
    try:
        licence = Licence(**data["licence"])
        scheme = LabelScheme.from_json(data["scheme"])
        origin, version = Origin(data["origin"]), data.get("version")
    except InputError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _no_card(path, f"{type(error).__name__}: {error}") from None
    if not isinstance(scheme.aliases, dict):
        raise _no_card(path, "the aliases of its scheme are no object")
    texts = [licence.name, licence.note, scheme.name, *scheme.names, *scheme.aliases, *scheme.aliases.values()]
    if not all(isinstance(text, str) for text in (*texts, version or "")):
        raise _no_card(path, "a name in it is no text")
    if not isinstance(licence.may_leave_machine, bool) or not isinstance(licence.derivatives, bool):
        raise _no_card(path, "what its licence allows is neither true nor false")
    return Card(scheme, licence, origin, version)


def _no_card(path: Path, why: str) -> InputError:
    return InputError(
        f"{path.name} is no card of a corpus: {why}", hint="mend it, or move it away and give scheme and licence"
    )
