"""How the turns of a benchmark's train split are: their words, and how they begin.

    style = style_of(train)
    style.words[8]             # share of turns that have 8 words
    style.openers["i am"]      # share of turns that begin with these two words

Who speaks when and which labels open and close a dialogue stand in the target itself (`label_target`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from erc_engine.corpora.text import opening, word_count
from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.style import StyleTarget

LONGEST = 60  # words; longer turns count as this long
OPENER = 2  # words
KEPT = 2_000  # the most frequent openers; any other is rarer than can be used too often by chance


def style_of(train: Iterable[Dialogue]) -> StyleTarget:
    words: Counter[int] = Counter()
    openers: Counter[str] = Counter()
    for dialogue in train:
        words.update(min(n, LONGEST) for u in dialogue.utterances if (n := word_count(u.text)))
        openers.update(openers_of(dialogue))
    turns, begun = words.total(), openers.total()
    return StyleTarget(
        words={n: words[n] / turns for n in sorted(words)},
        openers={text: n / begun for text, n in openers.most_common(KEPT)},
    )


def openers_of(dialogue: Dialogue) -> list[str]:
    return [found for u in dialogue.utterances if (found := opening(u.text, OPENER)) is not None]
