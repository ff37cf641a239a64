"""Server-sent events: bytes as they arrive → the data of each event.

    list(events([b'data: {"a"', b': 1}\\n\\ndata: [DONE]\\n\\n']))   # ['{"a": 1}', "[DONE]"]

Chunks may be cut anywhere, inside a character too. Comments (keep-alives) and other fields are left out.
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def events(chunks: Iterable[bytes]) -> Iterator[str]:
    """The data of each event; an event that the stream breaks off in is not given out."""
    data: list[str] = []
    for line in _lines(chunks):
        if not line and data:
            yield "\n".join(data)
            data = []
        elif line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" ").decode("utf-8", errors="replace"))


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest: list[bytes] = []
    for chunk in chunks:
        *whole, last = chunk.split(b"\n")
        for line in whole:
            yield b"".join((*rest, line)).removesuffix(b"\r")
            rest.clear()
        if last:
            rest.append(last)
