"""Our own form: one dialogue a line, exact to the last character; also reads the shape of the bundled recordings.

{"id": "d1", "split": "train", "episode": null, "utterances":
    [{"id": "d1:0", "speaker": "Ana", "text": "You came!", "label": "joy"}, …], "extra": {…}}
{"id": "r7", "scheme": "meld", "turns": [{"speaker": "Ana", "emotion": "joy", "text": "You came!"}, …], …}

Writing, reading and writing again gives the same bytes. Nothing is mended here. Beside NAME.jsonl may stand
NAME.corpus.json, the card with the label scheme, licence and origin (see `card`); without it the scheme is derived.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from erc_engine.corpora.atomic import write_atomically
from erc_engine.corpora.card import Card, read_card
from erc_engine.corpora.files import decode, files_in, parse_json, read_bytes
from erc_engine.corpora.labels import LabelReader, scheme_of
from erc_engine.corpora.loaded import Read, refuse_repeated_ids
from erc_engine.corpora.splits import is_folder, split_files, split_of
from erc_engine.domain.conversation import (
    OWN_LICENCE,
    UNKNOWN_LICENCE,
    Corpus,
    Dialogue,
    Licence,
    Origin,
    Split,
    Utterance,
)
from erc_engine.domain.labels import SCHEMES, LabelScheme
from erc_engine.errors import InputError
from erc_engine.settings import assets_folder

MAX_LINE = 16 << 20
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_HIDDEN = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff]")  # what editors, databases or UTF-8 would not keep
_DIALOGUE_KEYS = {"id", "split", "episode", "utterances", "turns", "scheme", "extra"}
_UTTERANCE_KEYS = {"id", "speaker", "text", "label", "emotion", "votes", "extra"}


# ---- writing


def dialogue_to_json(dialogue: Dialogue) -> dict[str, Any]:
    """Plain dicts and lists in a fixed order; votes and extra only where there are any."""
    data: dict[str, Any] = {"id": dialogue.id, "split": str(dialogue.split), "episode": dialogue.episode}
    data["utterances"] = [_utterance_to_json(u) for u in dialogue.utterances]
    if dialogue.extra:
        data["extra"] = dict(dialogue.extra)
    return data


def _utterance_to_json(u: Utterance) -> dict[str, Any]:
    data: dict[str, Any] = {"id": u.id, "speaker": u.speaker, "text": u.text, "label": u.label}
    if u.votes is not None:
        data["votes"] = dict(u.votes)
    if u.extra:
        data["extra"] = dict(u.extra)
    return data


def line_of(dialogue: Dialogue) -> str:
    """One line of JSON without its line feed: readable UTF-8, with escapes where a character would not survive."""
    if not dialogue.utterances:
        raise InputError(f"dialogue {dialogue.id!r} has no utterances", hint="leave it out")
    try:
        text = json.dumps(dialogue_to_json(dialogue), ensure_ascii=False, allow_nan=False, default=_plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(
            f"dialogue {dialogue.id!r} has no form in JSON: {error}",
            hint="extra may hold text, finite numbers, booleans, lists and mappings with text keys",
        ) from None
    text = _PAIR.sub(lambda pair: pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le"), text)
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


def jsonl_bytes(dialogues: Iterable[Dialogue]) -> bytes:
    return "".join(f"{line_of(d)}\n" for d in dialogues).encode()


def write_jsonl(corpus: Corpus, path: Path) -> None:
    """The dialogues of a corpus as one file, put in place when it is whole; its card is written by `export`."""
    refuse_repeated_ids(corpus.dialogues, corpus.name)
    write_atomically({path: jsonl_bytes(corpus.dialogues)})


# ---- reading


def read_dialogues(lines: Iterable[str], *, name: str = "JSONL", default: Split = Split.TRAIN) -> Iterator[Dialogue]:
    """A dialogue for each line that is not blank; InputError with the line that cannot be used."""
    for record, where in _records(lines, name):
        yield dialogue_from_json(record, where=where, default=default)


def _records(lines: Iterable[str], name: str) -> Iterator[tuple[Any, str]]:
    for number, line in enumerate(lines, 1):
        where = f"{name}, line {number:,}"
        if len(line) > MAX_LINE:
            raise InputError(f"{where} has {len(line):,} characters", hint="one dialogue a line is expected")
        if line.strip():
            yield parse_json(line, where), where


def dialogue_from_json(data: Any, *, where: str = "dialogue", default: Split = Split.TRAIN) -> Dialogue:
    """A dialogue in our shape, or with `turns` and `emotion`; fields it does not know go into `extra`.

    `default` is the split of a dialogue that names none.
    """
    record = _object(data, where)
    turns = record.get("utterances", record.get("turns"))
    id_ = _id(record.get("id"), f"{where}: the dialogue's id")
    if not isinstance(turns, list) or not turns:
        raise InputError(f"{where}: dialogue {id_!r} has no list of utterances", hint='expected "utterances": [{…}, …]')
    return Dialogue(
        id=id_,
        split=_split(record.get("split"), where) or default,
        utterances=tuple(_utterance(turn, f"{id_}:{n}", f"{where}, turn {n + 1}") for n, turn in enumerate(turns)),
        episode=_text(record, "episode", where),
        extra=_extra(record, _DIALOGUE_KEYS, where),
    )


def _utterance(data: Any, default_id: str, where: str) -> Utterance:
    record = _object(data, where)
    text = _text(record, "text", where)
    if text is None:
        raise InputError(f"{where} has no text", hint='each turn is {"speaker": …, "text": …, "label": …}')
    return Utterance(
        id=default_id if record.get("id") is None else _id(record["id"], f"{where}: its id"),
        speaker=_text(record, "speaker", where) or "",
        text=text,
        label=_text(record, "label" if "label" in record else "emotion", where),
        votes=_votes(record.get("votes"), where),
        extra=_extra(record, _UTTERANCE_KEYS, where),
    )


def _object(data: Any, where: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise InputError(f"{where} is not an object", hint="expected {…}, one dialogue a line")
    return data


def _id(value: Any, what: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value:
        raise InputError(f"{what} is missing or no text", hint='give it as "id": "…"')
    return value


def _text(record: Mapping[str, Any], key: str, where: str) -> str | None:
    value = record.get(key)
    if value is not None and not isinstance(value, str):
        raise InputError(f"{where}: {key} is not text but {type(value).__name__}")
    return value


def _split(value: Any, where: str) -> Split | None:
    if value is None:
        return None
    if value not in tuple(Split):
        raise InputError(f"{where}: split {str(value)[:40]!r} is not one of {', '.join(Split)}")
    return Split(value)


def _votes(value: Any, where: str) -> dict[str, int] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or not all(type(n) is int and n >= 0 for n in value.values()):
        raise InputError(f"{where}: votes are not counts per label", hint='expected {"joy": 3, "neutral": 2}')
    return value


def _extra(record: Mapping[str, Any], known: set[str], where: str) -> dict[str, Any]:
    given = record.get("extra", {})
    if not isinstance(given, dict):
        raise InputError(f"{where}: extra is not an object")
    unknown = {key: value for key, value in record.items() if key not in known}
    return {**unknown, **given} if unknown else given


def read(
    path: Path,
    name: str,
    *,
    split: Split | None = None,
    scheme: LabelScheme | None = None,
    neutral: str | None = None,
    licence: Licence | None = None,
) -> Read:
    """One file, or a folder with one for each split. What is given goes before the card, the card before a guess."""
    dialogues: list[Dialogue] = []
    written: set[str] = set()
    cards: list[Card] = []
    bundled = True
    for named, file in _files(path, split).items():
        data = read_bytes(file)
        lines = decode(data, file.name, only_utf8=True)[0].split("\n")
        for record, where in _records(lines, file.name):
            if isinstance(record, dict) and isinstance(record.get("scheme"), str):
                written.add(record["scheme"])
            dialogue = dialogue_from_json(record, where=where, default=named)
            if split is not None and dialogue.split != split:
                raise InputError(
                    f"{where}: dialogue {dialogue.id!r} says '{dialogue.split}', not '{split}'",
                    hint="leave the split out: the file has its own",
                )
            dialogues.append(dialogue)
        cards += [card for card in (read_card(file),) if card and card not in cards]
        bundled = bundled and is_bundled_recording(file.name, data)
    if len(cards) > 1:
        raise InputError(f"the cards in {path} do not agree", hint="import each file by itself")
    card = cards[0] if cards else None
    found = scheme or (card and card.scheme) or _scheme(dialogues, written, name, neutral)
    return Read(
        dialogues=_named_by(found, _own_utterance_ids(dialogues), path.name),
        scheme=found,
        licence=licence or (card and card.licence) or (OWN_LICENCE if bundled else UNKNOWN_LICENCE),
        form=card.version if card else None,
        origin=card.origin if card else Origin.RECORDED if bundled else Origin.IMPORTED,
    )


def _files(path: Path, split: Split | None) -> dict[Split, Path]:
    """A file with the split of dialogues that name none; of a folder the only file, or one for each split."""
    only = path
    if is_folder(path):
        found = files_in(path, ".jsonl")
        if len(found) > 1:
            return dict(split_files(path, split, ".jsonl")[0])
        only = found[0]
    return {split or split_of(only.stem) or Split.TRAIN: only}


def is_bundled_recording(name: str, data: bytes) -> bool:
    """Whether these bytes are a file of recordings that comes with the project."""
    bundled = assets_folder() / "recordings" / name
    try:
        return bundled.is_file() and bundled.stat().st_size == len(data) and bundled.read_bytes() == data
    except (OSError, ValueError):
        return False


def _scheme(dialogues: list[Dialogue], written: set[str], name: str, neutral: str | None) -> LabelScheme:
    if len(written) == 1 and written <= set(SCHEMES) and neutral is None:
        return SCHEMES[written.pop()]
    return scheme_of((label for d in dialogues for label in d.labels), name, neutral=neutral, exact=True)


def _named_by(scheme: LabelScheme, dialogues: list[Dialogue], source: str) -> tuple[Dialogue, ...]:
    """Labels by the scheme's names; dialogues whose labels are so already stay the same objects."""
    names, labels = set(scheme.names), LabelReader(scheme)
    result = [
        d
        if all(label is None or label in names for label in d.labels)
        else d.with_labels([labels.read(u.label, f"{source}, utterance {u.id!r}") for u in d.utterances])
        for d in dialogues
    ]
    labels.refuse_unknown()
    return tuple(result)


def _own_utterance_ids(dialogues: list[Dialogue]) -> list[Dialogue]:
    """Utterance ids that are unique within their dialogue only get its id in front."""
    ids = [u.id for d in dialogues for u in d.utterances]
    if len(set(ids)) == len(ids):
        return dialogues
    return [replace(d, utterances=tuple(replace(u, id=f"{d.id}:{u.id}") for u in d.utterances)) for d in dialogues]
