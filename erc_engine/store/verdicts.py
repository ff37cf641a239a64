"""Verdicts on turns, who gave them, and the dialogues drawn for a blind check of a gate.

    store.verdicts.add(verifier, [Verdict("made", "d1", "d1:0", verifier.id, "9f…", "joy", Opinion({"joy": 3}))])    # 1
    store.verdicts.of("made", verifier.id)               # by turn, the newest for each
    store.verdicts.known(verifier.id, ["9f…"])           # the same text was verified before, in whatever set

Rows are added once and never changed: a verdict is on a text, and another text has another hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert, select

from erc_engine.domain.verification import Opinion, SampledDialogue, Verdict, Verifier
from erc_engine.store.connections import Database
from erc_engine.store.tables import gate_samples, verdicts, verifiers

_FIELDS = ("corpus", "dialogue", "utterance", "verifier", "text_hash", "intended", "opinion", "warning")
_AT_ONCE = 500


class Verdicts:
    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, verifier: Verifier, new: Sequence[Verdict]) -> int:
        """How many were not there yet."""

        def work(connection: Connection) -> int:
            at = self._db.now(connection)
            on_conflict = _insert(self._db.is_sqlite)
            who = on_conflict(verifiers).on_conflict_do_nothing(index_elements=["id"])
            connection.execute(who, {"id": verifier.id, "body": verifier, "at": at})
            if not new:
                return 0
            rows = [{name: getattr(v, name) for name in _FIELDS} | {"at": at} for v in new]
            key = ["corpus", "dialogue", "utterance", "verifier", "text_hash"]
            adding = on_conflict(verdicts).on_conflict_do_nothing(index_elements=key).returning(verdicts.c.seq)
            return len(connection.scalars(adding, rows).all())

        return self._db.write(work)

    def of(self, corpus: str, verifier: str | None = None) -> tuple[Verdict, ...]:
        """In the order they came."""
        query = select(*(verdicts.c[name] for name in _FIELDS)).where(verdicts.c.corpus == corpus)
        if verifier is not None:
            query = query.where(verdicts.c.verifier == verifier)
        rows = self._db.read(lambda c: c.execute(query.order_by(verdicts.c.seq)).all())
        return tuple(Verdict(**row._mapping) for row in rows)

    def known(self, verifier: str, hashes: Sequence[str]) -> dict[str, Opinion]:
        """Opinions by text hash, where this verifier has given one on exactly this text."""
        found: dict[str, Opinion] = {}
        for start in range(0, len(hashes), _AT_ONCE):
            part = list(hashes[start : start + _AT_ONCE])
            query = select(verdicts.c.text_hash, verdicts.c.opinion).where(
                verdicts.c.verifier == verifier, verdicts.c.text_hash.in_(part)
            )
            rows = self._db.read(lambda c, query=query: c.execute(query.order_by(verdicts.c.seq.desc())).all())  # type: ignore[misc]
            found.update({row.text_hash: row.opinion for row in rows})  # the first one given stands
        return found

    def verifiers(self, corpus: str) -> tuple[Verifier, ...]:
        """Those that said something of the corpus, the newest first."""
        used = select(verdicts.c.verifier).where(verdicts.c.corpus == corpus).distinct()
        query = select(verifiers.c.body).where(verifiers.c.id.in_(used)).order_by(verifiers.c.at.desc(), verifiers.c.id)
        return tuple(self._db.read(lambda c: c.scalars(query).all()))

    def verifier(self, verifier_id: str) -> Verifier | None:
        return self._db.read(lambda c: c.scalar(select(verifiers.c.body).where(verifiers.c.id == verifier_id)))

    def add_sample(self, drawn: Sequence[SampledDialogue]) -> None:
        def work(connection: Connection) -> None:
            at = self._db.now(connection)
            rows = [
                {"sample": d.sample, "dialogue": d.dialogue, "corpus": d.corpus, "body": d, "at": at} for d in drawn
            ]
            connection.execute(insert(gate_samples), rows)

        self._db.write(work)

    def samples(self, corpus: str) -> dict[str, tuple[SampledDialogue, ...]]:
        """What was drawn from a corpus, by sample, the newest sample first."""
        query = select(gate_samples.c.body).where(gate_samples.c.corpus == corpus).order_by(gate_samples.c.seq)
        found: dict[str, list[SampledDialogue]] = {}
        for drawn in self._db.read(lambda c: c.scalars(query).all()):
            found.setdefault(drawn.sample, []).append(drawn)
        return {name: tuple(found[name]) for name in reversed(found)}


def _insert(is_sqlite: bool) -> Any:
    """The dialect is loaded late, as it costs 30 ms."""
    if is_sqlite:
        from sqlalchemy.dialects.sqlite import insert as of_sqlite

        return of_sqlite
    from sqlalchemy.dialects.postgresql import insert as of_postgresql

    return of_postgresql
