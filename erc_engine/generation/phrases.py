"""Phrases that give a reply away: a refusal in place of a dialogue, or talk about the task inside a turn.

    refuses("I'm sorry, but I can't help with that request.")       # True
    meta_phrase("As an AI language model, I wrote this turn.")      # "As an AI"
    meta_phrase("I'm sorry, but I can't come on Sunday.")           # None: people say so

`refuses` is asked only about replies in which no turn could be read. Both prefer to miss a case over a false
alarm: none on the recorded dialogues. All patterns are linear: no nested or open-ended repetition.
"""

from __future__ import annotations

import re

_DECLINE = (
    r"(?:\bi (?:can't|cannot|can not|won't|will not|must decline|have to decline|am unable|am not able)"
    r"|\bi'm (?:unable|not able|not comfortable)|\b(?:cannot|can't|unable to) (?:assist|help|comply|fulfil))"
)
_TASK = (
    r"(?:help|assist|writ|creat|generat|provid|continu|comply|fulfil|produc|engag|complet|request|dialogue"
    r"|conversation|content|guideline|polic|do (?:that|this))"
)
_REFUSAL = re.compile(
    rf"{_DECLINE}[^\n]{{0,80}}?{_TASK}"
    r"|\bas an? (?:ai|artificial|large language|language model)\b"
    r"|\bagainst my (?:guidelines|policies|programming)\b"
    r"|\bi'm sorry, but (?:i can't|i cannot|that|this)",
    re.IGNORECASE,
)
_META = re.compile(
    r"\bas an ai\b"
    r"|\b(?:ai|large|small) language model\b"
    r"|\bi(?:'m| am) (?:just |only )?an ai (?:model|assistant|and)\b"
    r"|\b(?:here is|here's|below is) (?:the|a|your|my) (?:\w{1,20} )?(?:dialogue|script|rewrite|continuation)\b"
    r"|\b(?:this|the) (?:dialogue|script) (?:above|below|captures|follows|includes|contains|meets|reflects)\b"
    r"|\blet me know if you(?:'d| would)? (?:like|want|need) (?:any |some |further |more |me to make )?"
    r"(?:changes|adjustments|revisions|modifications|edits|another dialogue)\b"
    r"|\bi hope this (?:dialogue|script|meets|satisfies)\b"
    r"|\b(?:emotion|turn) (?:label|tag|count)s?\b"
    r"|\b(?:label|dialogue) (?:plan|budget)\b"
    r"|[\[(]\s?(?:note|nb|end of|the end|to be continued|continues|total|word count|emotion|turn \d)"
    r"|^\s?(?:\*\*)?note(?:\*\*)?:"
    r"|```|<\|| \|>|</s>|\[/?inst\]|</?think>|\"speaker\"\s?:|\"emotion\"\s?:",
    re.IGNORECASE,
)
# Every alternative of _META holds one of these: most turns hold none, and the search is spared (ten times as fast).
_HINTS = (
    *("an ai", "language model", "dialogue", "script", "rewrite", "continuation", "let me know", "i hope this"),
    *("emotion ", "turn label", "turn tag", "turn count", "label ", "note", "[", "(", "`", "<", "|>"),
    *('"speaker"', '"emotion"'),
)
_QUOTES = str.maketrans("‘’“”", "''\"\"")


def refuses(text: str) -> bool:
    """Whether a reply without any turn declines to write one. Its beginning decides."""
    return _REFUSAL.search(text[:2_000].translate(_QUOTES)) is not None


def meta_phrase(text: str) -> str | None:
    """The words in a turn that speak of the task, not of the scene; None when there are none."""
    plain = text if text.isascii() else text.translate(_QUOTES)
    lower = plain.lower()
    if not any(hint in lower for hint in _HINTS):
        return None
    found = _META.search(plain)
    return found[0].strip() if found else None
