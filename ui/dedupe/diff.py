"""Two dialogues side by side, what differs marked in each; marks are colour and bold or struck letters alike."""

from __future__ import annotations

import streamlit as st

from erc_engine.workflows.similarity import DiffRow, Similarities
from ui import frame


def difference(found: Similarities, left: str, right: str) -> None:
    rows = found.difference(left, right)
    equal = sum(row.same for row in rows)
    with st.container(border=True):
        heads = st.columns(2)
        for column, id_ in zip(heads, (left, right), strict=True):
            column.markdown(f"**{frame.plain(id_)}**")
        for row in rows:
            a, b = st.columns(2)
            a.markdown(side(row, left=True))
            b.markdown(side(row, left=False))
        st.caption(f"{equal:,} of {len(rows):,} turns are the same. Marked: struck on the left, bold on the right.")


def side(row: DiffRow, *, left: bool) -> str:
    """Markdown of one side of a turn; every character of the data escaped."""
    turn = row.left if left else row.right
    if turn is None:
        return ":gray[no such turn]"
    words = []
    for piece in row.pieces:
        text = frame.plain(piece.left if left else piece.right)
        if not text:
            continue
        if piece.kind == "same":
            words.append(text)
        else:
            words.append(f":red-background[~~{text}~~]" if left else f":green-background[**{text}**]")
    return f":gray[{frame.plain(turn.speaker)}:] {' '.join(words)}"
