"""Find duplicates and contamination in a corpus, drop whole dialogues, and bring them back.

duplicates(workspace, "meld-extra", against=["meld:test"], drop=True)
restore(workspace, "meld-extra")
"""

from __future__ import annotations

from collections.abc import Sequence

from erc_engine.curation.contamination import ContaminationIndex
from erc_engine.curation.duplicates import find_duplicates
from erc_engine.domain.conversation import Dialogue, Origin, Split
from erc_engine.domain.curation import DialogueState, DuplicateReport
from erc_engine.errors import InputError, NotFoundError, RefusedError
from erc_engine.workflows.workspace import Workspace


def benchmark_sources(workspace: Workspace) -> list[tuple[str, tuple[Dialogue, ...]]]:
    """Dev and test of every imported corpus: what generated text must keep clear of."""
    found = []
    for name in workspace.store.corpora.names():
        if workspace.store.corpora.stored(name).origin != Origin.IMPORTED:
            continue
        corpus = workspace.store.corpora.get(name, splits=(Split.DEV, Split.TEST))
        found += [(f"{name}:{split}", part) for split in (Split.DEV, Split.TEST) if (part := corpus.split(split))]
    return found


def duplicates(
    workspace: Workspace,
    name: str,
    *,
    against: Sequence[str] = (),
    drop: bool = False,
    threshold: float = 0.7,
    who: str = "erc duplicates",
) -> DuplicateReport:
    """Duplicates inside a corpus, and its dialogues that carry text of the sources in `against`.

    Without `against`, a generated corpus is held against dev and test of every imported corpus; dialogues of its
    own that are a source are not held against themselves. Dropping keeps the first of each cluster that is not
    contaminated, and never cuts a turn out of a dialogue.
    """
    if not 0 < threshold <= 1:
        raise InputError(f"the threshold cannot be {threshold}", hint="a similarity above 0, up to 1")
    corpora = workspace.store.corpora
    corpus = corpora.get(name)
    if drop and corpus.origin == Origin.IMPORTED:
        raise RefusedError(
            f"'{name}' is imported: a benchmark is never changed", hint="look without --drop; erc audit reports it"
        )
    clusters = find_duplicates(corpus.dialogues, threshold=threshold)
    if against:
        sources = [named_source(workspace, given) for given in against]
    else:
        sources = benchmark_sources(workspace) if corpus.origin != Origin.IMPORTED else []
    index = ContaminationIndex(sources)
    itself = {d.id for source, dialogues in sources if source.partition(":")[0] == name for d in dialogues}
    evidence = tuple(found for d in corpus.dialogues if d.id not in itself for found in index.check(d))
    dropped: list[str] = []
    if drop:
        contaminated = {e.dialogue for e in evidence}
        repeated = {m for c in clusters for m in [m for m in c.members if m not in contaminated][1:]}
        corpora.set_state(name, sorted(contaminated), DialogueState.DROPPED, reason="contaminated", who=who)
        corpora.set_state(name, sorted(repeated), DialogueState.DROPPED, reason="duplicate", who=who)
        dropped = sorted(contaminated | repeated)
    return DuplicateReport(name, tuple(s for s, _ in sources), clusters, evidence, tuple(dropped))


def named_source(workspace: Workspace, given: str) -> tuple[str, tuple[Dialogue, ...]]:
    """The kept dialogues of `meld` or `meld:test`, under the name as given."""
    name, _, split = given.partition(":")
    if split and split not in tuple(Split):
        raise InputError(f"'{split}' in '{given}' is not a split", hint="train, dev or test")
    dialogues = workspace.store.corpora.get(name, splits=(Split(split),) if split else None).dialogues
    if not dialogues:
        raise NotFoundError(f"'{given}' has no kept dialogues", hint=f"see erc describe {name}")
    return given, dialogues


def restore(workspace: Workspace, name: str, ids: Sequence[str] = (), *, who: str = "erc restore") -> int:
    """Bring dropped dialogues back, all of them or the named ones; how many came back."""
    states = workspace.store.corpora.state_of(name)
    unknown = [i for i in ids if i not in states]
    if unknown:
        raise NotFoundError(f"'{name}' has no dialogue {unknown[0]!r}", hint="ids stand in erc duplicates NAME --json")
    dropped = [i for i in (ids or states) if states[i] == DialogueState.DROPPED]
    return workspace.store.corpora.set_state(name, dropped, DialogueState.KEPT, reason="restored", who=who)


def drop(workspace: Workspace, name: str, ids: Sequence[str], *, reason: str, who: str) -> int:
    """Drop whole dialogues of a corpus that is not imported; how many were kept until now. `restore` undoes it."""
    if workspace.store.corpora.stored(name).origin == Origin.IMPORTED:
        raise RefusedError(
            f"'{name}' is imported: a benchmark is never changed", hint="leave parts of it out when you freeze"
        )
    states = workspace.store.corpora.state_of(name)
    unknown = [i for i in ids if i not in states]
    if unknown:
        raise NotFoundError(f"'{name}' has no dialogue {unknown[0]!r}", hint="ids stand in erc duplicates NAME --json")
    kept = [i for i in dict.fromkeys(ids) if states[i] == DialogueState.KEPT]
    return workspace.store.corpora.set_state(name, kept, DialogueState.DROPPED, reason=reason, who=who)
