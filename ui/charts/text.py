"""Text of data inside a Plotly figure, where `<b>`, `<br>`, `&amp;` and `$…$` would be read as markup.

    escape("I <b>said</b> & meant it")      # "I &lt;b&gt;said&lt;/b&gt; &amp; meant it"
    shortened("a very long line …", 40)     # cut at a word, with an ellipsis; not yet escaped

Only for labels, titles and hover texts: ids in `customdata` stay as they are, so that a selection finds them again.
"""

from __future__ import annotations

import textwrap

_MARKUP = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "&#36;", "%{": "%&#123;"}


def escape(text: str) -> str:
    """The same characters on the screen, none of them markup; control characters become spaces."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    for written, shown in _MARKUP.items():
        plain = plain.replace(written, shown)
    return plain


def shortened(text: str, characters: int) -> str:
    """At most so many characters, cut between words where that is possible."""
    flat = " ".join(text.split())
    if len(flat) <= characters:
        return flat
    return (
        textwrap.shorten(flat, characters, placeholder=" …")
        if " " in flat[:characters]
        else flat[: characters - 1] + "…"
    )


def hover_lines(text: str, *, characters: int = 60, lines: int = 4) -> str:
    """Escaped text broken into a few lines for a hover box."""
    wrapped = textwrap.wrap(" ".join(text.split()), characters, max_lines=lines, placeholder=" …")
    return "<br>".join(escape(line) for line in wrapped)
