"""The words by which a text names an emotion: a label's name and its obvious forms.

    own_label_word("What a joyful day!", "joy", neutral="neutral")     # "joyful"
    own_label_word("What a lovely day!", "joy", neutral="neutral")     # None

A turn that says its own label teaches a classifier a shortcut. Only forms of the label's own name count, so `happy` is
free under `joy`; `mad` counts only where it is the label. Neutral has no such words.
"""

from __future__ import annotations

from collections.abc import Mapping

from erc_engine.corpora.text import words

_FORMS: Mapping[str, str] = {
    "joy": "joy joys joyful joyfully joyous joyously",
    "joyful": "joy joys joyful joyfully joyous joyously",
    "happy": "happy happily happier happiest happiness",
    "happiness": "happiness happy happily happier happiest",
    "anger": "anger angers angered angering angry angrily angrier angriest",
    "angry": "angry angrily angrier angriest anger angered",
    "mad": "mad madly madder maddest madness maddening",
    "sadness": "sadness sad sadly sadder saddest sadden saddens saddened saddening",
    "sad": "sad sadly sadder saddest sadness sadden saddens saddened saddening",
    "fear": "fear fears feared fearing fearful fearfully fearsome",
    "scared": "scared scare scares scaring scary scarier scariest",
    "surprise": "surprise surprises surprised surprising surprisingly",
    "disgust": "disgust disgusts disgusted disgusting disgustingly",
    "frustrated": "frustrated frustrate frustrates frustrating frustratingly frustration frustrations",
    "excited": "excited excitedly excite excites exciting excitement",
    "peaceful": "peaceful peacefully peacefulness",
    "powerful": "powerful powerfully",
}
_NO_EMOTION = frozenset({"neutral", "no emotion", "non-neutral"})


def own_label_word(text: str, label: str, neutral: str | None) -> str | None:
    """The first word of a text that names its label, None when there is none."""
    if label == neutral or label in _NO_EMOTION:
        return None
    forms = _forms(label)
    return next((word for word in words(text) if word in forms), None)


def _forms(label: str) -> frozenset[str]:
    """The forms of a label; of one that the table does not have, its name alone when it is a single word."""
    if label not in _SETS:
        own = words(label)
        _SETS[label] = frozenset(own if len(own) == 1 else ())
    return _SETS[label]


_SETS: dict[str, frozenset[str]] = {label: frozenset(forms.split()) for label, forms in _FORMS.items()}
