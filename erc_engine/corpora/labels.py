"""Labels as written → names of a scheme; unknown ones are collected, so that one refusal tells of all.

labels = LabelReader(scheme("meld"))
labels.read(" Joyful", "train.csv, line 2")     # "joy"
labels.refuse_unknown()                          # InputError if any spelling was outside the scheme
scheme_of(["joy", "anger", "neutral"], "mine")   # a custom scheme; a benchmark's when the labels are all of it
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from erc_engine.domain.labels import SCHEMES, LabelScheme, custom_scheme
from erc_engine.errors import InputError

MAX_LABELS = 64
_SHOWN = 5


class LabelReader:
    def __init__(self, scheme: LabelScheme) -> None:
        self.scheme = scheme
        self._known: dict[str, str | None] = {}
        self._unknown: Counter[str] = Counter()
        self._where: dict[str, str] = {}

    def read(self, written: str | None, where: str) -> str | None:
        """The scheme's name for it; None for an empty label and, until `refuse_unknown`, for an unknown one."""
        if written is None or not written.strip():
            return None
        if written not in self._known:
            self._known[written] = self.scheme.canonical(written)
        name = self._known[written]
        if name is None:
            self._unknown[written] += 1
            self._where.setdefault(written, where)
        return name

    def refuse_unknown(self) -> None:
        if not self._unknown:
            return
        label, count = next(iter(self._unknown.items()))
        others = [f"{other[:40]!r} ({times:,})" for other, times in self._unknown.items() if other != label]
        more = f"; also {', '.join(others[:_SHOWN])}" if others else ""
        more += f" and {len(others) - _SHOWN:,} more" if len(others) > _SHOWN else ""
        raise InputError(
            f"{self._where[label]}: label {label[:60]!r} is not in label scheme '{self.scheme.name}' "
            f"({count:,} {'row' if count == 1 else 'rows'} in all{more})",
            hint=f"its labels are {', '.join(self.scheme.names)}; correct the file, or give another scheme",
        )


def scheme_of(
    written: Iterable[str | None], name: str, *, neutral: str | None = None, source: str = "", exact: bool = False
) -> LabelScheme:
    """The benchmark scheme whose labels are all of these and no others, else a custom one: neutral first, then by name.

    Other spellings of a benchmark's labels (Joyful for joy) count as the same, unless `exact`.
    """
    spellings = Counter(" ".join(label.split()) for label in written if label and label.strip())
    named: dict[str, str] = {}
    for spelling, _ in sorted(spellings.items(), key=lambda item: (-item[1], item[0])):
        named.setdefault(spelling.lower(), spelling)
    if len(named) > MAX_LABELS:
        raise InputError(
            f"{source or name} has {len(named):,} different labels", hint="is the column with the label the right one?"
        )
    if neutral is None:
        by_name = [s for s in SCHEMES.values() if set(s.names) == set(named.values())]
        by_spelling = [s for s in SCHEMES.values() if {s.canonical(n) for n in named.values()} == set(s.names)]
        if by_name or (by_spelling and not exact):
            return (by_name or by_spelling)[0]
    names = sorted(named.values())
    if len(names) < 2:
        raise InputError(
            f"{source or name} has {f'only the label {names[0]!r}' if names else 'no label'}, so its scheme is unknown",
            hint="name a label scheme, or give the labels",
        )
    if neutral is not None:
        neutral = named.get(" ".join(neutral.lower().split()), neutral)
    first = neutral or next((n for n in names if n.lower() in ("neutral", "no emotion")), None)
    return custom_scheme(name, sorted(names, key=lambda n: (n != first, n)), first)
