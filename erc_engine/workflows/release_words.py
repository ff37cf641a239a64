"""Standing texts of released sets: benchmarks as they are cited, what a set is not, and words that may hurt.

BENCHMARK["iemocap"].cite          # "Busso et al. (2008), …"
content_counts(dialogues)          # {"violence and death": 12, "insults": 3, "swearing": 1}: turns with such a word
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from erc_engine.corpora.text import words
from erc_engine.domain.conversation import Dialogue


@dataclass(frozen=True)
class Cited:
    shown: str
    cite: str


BENCHMARK: Mapping[str, Cited] = {
    "meld": Cited(
        "MELD",
        "Poria et al. (2019), MELD: A Multimodal Multi-Party Dataset for Emotion Recognition in Conversations, ACL",
    ),
    "emorynlp": Cited(
        "EmoryNLP",
        "Zahiri and Choi (2018), Emotion Detection on TV Show Transcripts with Sequence-based Convolutional Neural "
        "Networks, AAAI workshops",
    ),
    "iemocap": Cited(
        "IEMOCAP",
        "Busso et al. (2008), IEMOCAP: interactive emotional dyadic motion capture database, Language Resources and "
        "Evaluation 42",
    ),
}
IDEA = (
    "Can Large Language Models Generate Effective Datasets for Emotion Recognition in Conversations? arXiv:2508.05474"
)
CONTENT: Mapping[str, str] = {  # words, as they stand after normalisation
    "violence and death": "kill killed killing murder murdered die died dies dying dead death blood bleeding gun knife "
    "stab stabbed shot beat punch punched hit slap slapped strangle funeral suicide",
    "insults": "idiot idiots stupid moron fool fat ugly loser pathetic liar coward disgusting pig rat scum worthless",
    "swearing": "damn damned hell bloody crap bastard bastards bitch shit arse ass piss pissed fuck fucking",
}


def content_counts(dialogues: Iterable[Dialogue]) -> dict[str, int]:
    listed = {group: frozenset(text.split()) for group, text in CONTENT.items()}
    counts = dict.fromkeys(CONTENT, 0)
    for d in dialogues:
        for u in d.utterances:
            said = set(words(u.text))
            for group in CONTENT:
                counts[group] += bool(said & listed[group])
    return counts
