"""What two texts are compared by when they need not be equal: the different words of each.

    word_set(words("You came! Did you?"))                   # {"you", "came", "did"}
    jaccard({"you", "came"}, {"you", "came", "did"})        # 0.667: shared words over words in either

Case and punctuation are gone before (`corpora.text.words`). A script without spaces gives pairs of
neighbouring characters in place of words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

# kana and Han; Hangul is written with spaces
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")


def word_set(words: Iterable[str]) -> frozenset[str]:
    """The different words among normalised ones."""
    found: set[str] = set()
    for word in words:
        if word.isascii() or not _UNSPACED.search(word):
            found.add(word)
            continue
        for run in _UNSPACED.findall(word):
            found.update(run[i : i + 2] for i in range(max(1, len(run) - 1)))
        found.update(_UNSPACED.sub(" ", word).split())
    return frozenset(found)


def jaccard(left: AbstractSet[str], right: AbstractSet[str]) -> float:
    """Shared elements over elements in either, 0 (nothing shared) to 1 (the same set); 0 when both are empty."""
    shared = len(left & right)
    either = len(left) + len(right) - shared
    return shared / either if either else 0.0
