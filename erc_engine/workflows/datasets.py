"""Import, describe, audit and export corpora.

import_corpus(workspace, "meld", Path("MELD"), "meld")   → CorpusSummary
audit(workspace, ["meld", "emorynlp"])                   → one AuditReport per corpus
export(workspace, "meld", "dialogue-json", Path("out"))  → the files written
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from erc_engine.corpora.audit import audit as audit_corpora
from erc_engine.corpora.content import content_hash
from erc_engine.corpora.detect import load_any
from erc_engine.corpora.export import Exported
from erc_engine.corpora.export import export as export_corpus
from erc_engine.corpora.loading import Loaded, load
from erc_engine.corpora.summary import summarise
from erc_engine.domain.conversation import Corpus, Licence, Origin, Split
from erc_engine.domain.curation import AnnotatorKind, DialogueState, Vote
from erc_engine.domain.labels import custom_scheme, scheme
from erc_engine.domain.reports import AuditReport, CorpusSummary
from erc_engine.errors import InputError, NotFoundError
from erc_engine.workflows.workspace import Workspace

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def checked_name(name: str, what: str = "a name") -> str:
    """Names stand in file names, addresses and `NAME:SPLIT`, so they are plain."""
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{what} cannot be {name!r}",
            hint="use up to 64 letters, digits, '.', '_' or '-', beginning with a letter or digit",
        )
    return name


def import_corpus(
    workspace: Workspace,
    kind: str,
    path: Path,
    name: str,
    *,
    version: str | None = None,
    mapping: Mapping[str, str] | None = None,
    scheme_name: str | None = None,
    labels: Sequence[str] = (),
    split: Split | None = None,
    licence: Licence | None = None,
) -> CorpusSummary:
    """Read files into a new corpus, in one transaction; the same content under the same name is no error."""
    checked_name(name, "a corpus name")
    given = custom_scheme(scheme_name or name, labels) if labels else scheme(scheme_name) if scheme_name else None
    loaded = load(kind, path, name, version=version, mapping=mapping, scheme=given, split=split, licence=licence)
    save_corpus(workspace, loaded)
    return describe(workspace, name)


def save_corpus(workspace: Workspace, loaded: Loaded) -> None:
    """Store a loaded corpus and, where its source has anonymous vote counts, those votes, in one transaction."""
    corpus = loaded.corpus
    counted = tuple(
        Vote(corpus.name, d.id, u.id, "crowd", AnnotatorKind.ANONYMOUS, label, count)
        for d in corpus.dialogues
        for u in d.utterances
        if u.votes
        for label, count in u.votes.items()
        if count
    )
    workspace.store.corpora.add(
        corpus, faults=loaded.faults, source=loaded.source, hash=content_hash(corpus), votes=counted
    )


def corpora(workspace: Workspace) -> tuple[CorpusSummary, ...]:
    return tuple(describe(workspace, name) for name in workspace.store.corpora.names())


def describe(workspace: Workspace, name: str) -> CorpusSummary:
    """Counts of the kept dialogues per split; what was dropped or is surplus is counted in `states`."""
    stored = workspace.store.corpora.stored(name)
    corpus = workspace.store.corpora.get(name)
    return summarise(corpus, stored.faults, workspace.store.corpora.states(name))


def audit(workspace: Workspace, sources: Sequence[str]) -> tuple[AuditReport, ...]:
    """Audit corpora of this workspace by name, or plain files and folders by path, alone and against each other."""
    if not sources:
        raise InputError("nothing to audit", hint="name a corpus of this workspace, or a file or folder")
    return audit_corpora([_loaded(workspace, source) for source in sources])


def _loaded(workspace: Workspace, source: str) -> Loaded:
    corpora_ = workspace.store.corpora
    if corpora_.exists(source):
        stored = corpora_.stored(source)
        return Loaded(corpora_.get(source, states=tuple(DialogueState)), stored.faults, stored.source)
    path = Path(source)
    if not path.exists():
        raise NotFoundError(
            f"'{source}' is neither a corpus of this workspace nor a file",
            hint=f"corpora here: {', '.join(corpora_.names()) or 'none yet'}",
        )
    return load_any(path, path.resolve().stem)


def export(workspace: Workspace, name: str, format_name: str, to: Path, *, neutralise_cells: bool = True) -> Exported:
    """Write a corpus, or a frozen version by its name, as files. Two of one name: the version wins."""
    store = workspace.store
    if name in store.versions.names():
        return export_corpus(version_as_corpus(workspace, name), format_name, to, neutralise_cells=neutralise_cells)
    return export_corpus(store.corpora.get(name), format_name, to, neutralise_cells=neutralise_cells)


def version_as_corpus(workspace: Workspace, name: str) -> Corpus:
    """A frozen version as one corpus: the strictest of its sources' licences, the origin furthest from a benchmark."""
    version = workspace.store.versions.get(name)
    names = dict.fromkeys(source.licence for source in version.sources)
    licence = Licence(
        " + ".join(names),
        may_leave_machine=all(source.may_leave_machine for source in version.sources),
        derivatives=all(source.derivatives for source in version.sources),
    )
    origins = {source.origin for source in version.sources}
    origin = next((o for o in (Origin.RECORDED, Origin.GENERATED) if o in origins), Origin.IMPORTED)
    dialogues = tuple(d for split in Split for d in workspace.store.versions.dialogues(name, split))
    corpus = Corpus(name, "version", version.scheme, dialogues, licence, origin)
    return replace(corpus, version=version.hash[:12])
