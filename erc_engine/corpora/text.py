"""Text made comparable, and text whose encoding was broken made whole.

    normalise("You’re LATE — again!")   # "you re late again"
    words("Don't.")                     # ["don", "t"]
    opening("Don’t you, Ana?", 2)       # "don't you"
    mend("It\\x92s here")                # ("It’s here", True)

Every comparison of texts in audits (repeats, overlaps, contamination) is on `normalise`: Unicode NFKC, case folded,
everything but letters, marks and digits taken as a space, so that `’` and `'` are the same and "you're" is two words.
An ideograph or kana counts as a word. The published figures on MELD and EmoryNLP come out exactly under it.
"""

from __future__ import annotations

import re
import unicodedata

_UNDEFINED_IN_CP1252 = {0x81, 0x8D, 0x8F, 0x90, 0x9D}
_C1_AS_CP1252 = {c: bytes([c]).decode("cp1252") for c in range(0x80, 0xA0) if c not in _UNDEFINED_IN_CP1252}
_C1 = re.compile("[\x80-\x9f]")
_BROKEN_UTF8 = re.compile(
    "[\u00c2\u00c3\u00e2\u00e3\u00ef\u00f0\u0412\u0432\ufffd]"
)  # how UTF-8 begins in old code pages
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_SPACELESS = ((0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))


class _Folding(dict[int, str]):
    """A table for str.translate that decides each character once."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = character if unicodedata.category(character)[0] in "LMN" else " "
        if any(first <= code <= last for first, last in _SPACELESS):
            folded = f" {character} "
        self[code] = folded
        return folded


_FOLDING = _Folding()


def normalise(text: str) -> str:
    """The text for comparing; empty when it holds no letter or digit."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(text.casefold().translate(_FOLDING).split())


def words(text: str) -> list[str]:
    return normalise(text).split()


def word_count(text: str) -> int:
    """Words between white space; of a text whose script is written without spaces, those of `words`."""
    spaced = len(text.split())
    return spaced if text.isascii() else max(spaced, len(words(text)) if _is_unspaced(text) else 0)


def _is_unspaced(text: str) -> bool:
    return any("\u3040" <= c <= "\u30ff" or "\u3400" <= c <= "\u9fff" for c in text)


def opening(text: str, length: int) -> str | None:
    """The first `length` words without case and punctuation, None when there are fewer."""
    found = _WORD.findall(text.replace("’", "'").casefold())
    return " ".join(found[:length]) if len(found) >= length else None


def mend(text: str) -> tuple[str, bool]:
    """The text with cp1252 bytes and twice-encoded UTF-8 set right, and whether that changed it.

    Curly quotes, dashes and accents that are right stay as they are; only their encoding is looked at.
    """
    if text.isascii():
        return text, False
    mended = text.translate(_C1_AS_CP1252) if _C1.search(text) else text
    if _BROKEN_UTF8.search(mended):
        import ftfy

        mended = ftfy.fix_encoding(mended)
    return mended, mended != text


def is_broken(text: str) -> bool:
    """Whether a C1 control or the replacement character still stands in it."""
    return not text.isascii() and ("\ufffd" in text or _C1.search(text) is not None)
