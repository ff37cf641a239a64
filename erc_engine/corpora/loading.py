"""Files on disk → a named corpus with everything that was found wrong in it.

    loaded = load("meld", Path("data/MELD"), "meld")
    loaded.corpus.version      # "release"
    loaded.faults[0]           # Fault("missing-dialogue", 1, ("train/60",), …)

Whatever a file holds, the answer is a Loaded or an ErcError; nothing is half loaded. How each form is read: `meld`,
`emorynlp`, `emotionlines`, `jsonl`, `delimited`. What repeats within and between corpora: `audit`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from erc_engine.corpora import delimited, emorynlp, emotionlines, jsonl, meld
from erc_engine.corpora.card import ENDING, Card, read_card
from erc_engine.corpora.loaded import Loaded, Read, refuse_repeated_ids
from erc_engine.corpora.published import compare, recognise
from erc_engine.corpora.structure import structural_faults
from erc_engine.domain.conversation import Corpus, Licence, Origin, Split
from erc_engine.domain.labels import LabelScheme
from erc_engine.errors import InputError

KINDS = ("meld", "emorynlp", "emotionlines", "jsonl", "csv")
_BENCHMARKS = {"meld": meld.read, "emorynlp": emorynlp.read, "emotionlines": emotionlines.read}
_EXPORTED = ("_sent_emo.csv", "_data.json")  # what `export` names the files of a split

__all__ = ["KINDS", "Loaded", "load"]


def load(
    kind: str,
    path: Path,
    name: str,
    *,
    version: str | None = None,
    mapping: Mapping[str, str] | None = None,
    scheme: LabelScheme | None = None,
    neutral: str | None = None,
    licence: Licence | None = None,
    split: Split | None = None,
) -> Loaded:
    """Read a file or folder as one corpus.

    `version` names the published version it has to be. `mapping` is for csv; `scheme`, `neutral` and `licence` are for
    csv and jsonl (a benchmark brings its own). `split` is that of a file which does not say.
    """
    if kind not in KINDS:
        raise InputError(f"'{kind}' is no kind of corpus", hint=f"kinds: {', '.join(KINDS)}")
    if mapping and kind != "csv":
        raise InputError("only kind csv takes a column mapping", hint=f"kind {kind} has its own columns")
    if kind in _BENCHMARKS:
        _refuse_own(kind, scheme, neutral, licence)
        read = _BENCHMARKS[kind](path, split=split)
    elif kind == "jsonl":
        read = jsonl.read(path, name, split=split, scheme=scheme, neutral=neutral, licence=licence)
    else:
        read = delimited.read(path, name, mapping=mapping, scheme=scheme, neutral=neutral, licence=licence, split=split)
    return _checked(kind, name, path, read, version, licence)


def _refuse_own(kind: str, scheme: LabelScheme | None, neutral: str | None, licence: Licence | None) -> None:
    for what, given in (("label scheme", scheme), ("neutral label", neutral), ("licence", licence)):
        if given is not None:
            raise InputError(f"{kind} has a {what} of its own", hint="leave it out, or read the files as csv or jsonl")


def _checked(kind: str, name: str, path: Path, read: Read, version: str | None, licence: Licence | None) -> Loaded:
    if not read.dialogues:
        raise InputError(f"{path} has no dialogue", hint="is it the right file?")
    refuse_repeated_ids(read.dialogues, path.name)
    order = list(Split)
    dialogues = tuple(sorted(read.dialogues, key=lambda d: order.index(d.split)))
    corpus = Corpus(name, kind, read.scheme, dialogues, read.licence, read.origin)
    seen = recognise(corpus) or (read.form if kind == "jsonl" else None)
    _refuse_other_version(corpus, read.form, seen, version, path)
    corpus = replace(corpus, version=seen)
    card = _card_of_own(path) if kind != "jsonl" and seen is None else None
    if card:
        corpus = replace(corpus, origin=card.origin, licence=licence or card.licence)
    return Loaded(corpus, read.faults + structural_faults(corpus), str(path))


def _card_of_own(path: Path) -> Card | None:
    """The card of an export of generated or recorded text that a file or folder is of; the strictest of several.

    A card with its own .jsonl beside it says nothing of other files, unless they are named as an export names them.
    """
    try:
        found = sorted((path if path.is_dir() else path.parent).glob(f"*{ENDING}"))
    except OSError:
        return None
    data = [card.with_name(card.name.removesuffix(ENDING) + ".jsonl") for card in found]
    if not path.is_dir() and not path.name.endswith(_EXPORTED):
        data = [file for file in data if file.stem == path.stem or not file.exists()]
    cards = [card for card in map(read_card, data) if card and card.origin is not Origin.IMPORTED]
    return min(cards, key=lambda card: (card.licence.may_leave_machine, card.licence.derivatives), default=None)


def _refuse_other_version(corpus: Corpus, form: str | None, seen: str | None, wanted: str | None, path: Path) -> None:
    if wanted is None or wanted == seen:
        return
    if corpus.kind == "emorynlp" and form in emorynlp.FORMS and wanted in emorynlp.FORMS and form != wanted:
        raise InputError(
            f"{path} is the {form} version of EmoryNLP, not {wanted}",
            hint="scores on full and reduced cannot be compared; give the folder of the other version, or leave it out",
        )
    compared = compare(corpus)
    why = compared.notes[0] if seen is None and compared.notes else f"it is {seen or 'none that is known'}"
    raise InputError(
        f"{path} is not version '{wanted}' of {corpus.kind}: {why}", hint="leave the version out to read it as it is"
    )
