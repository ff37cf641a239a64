"""All recipes and their versions, and what changed from one to another.

versions(space, rows)
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from erc_engine.workflows.prompt_studio import diff
from erc_engine.workflows.recipes import RecipeRow, find_recipe
from erc_engine.workflows.workspace import Workspace
from ui import frame
from ui.components import tables
from ui.generation.ordering import recipe_said


@st.fragment
def versions(space: Workspace, rows: Sequence[RecipeRow], chosen: str) -> None:
    with frame.shown_errors(), st.expander("All versions, and what differs between two"):
        tables.table([_row(row) for row in rows], key="prompt_studio.versions")
        by_hash = {row.hash: row for row in rows}
        hashes = list(by_hash)
        here = by_hash[chosen]
        same = [row.hash for row in rows if row.name == here.name and row.hash != chosen]
        old_at, new_at = st.columns(2)
        first = hashes.index(same[-1] if same else next((h for h in hashes if h != chosen), chosen))
        old = old_at.selectbox("From", hashes, first, key=f"prompt_studio.old.{chosen[:16]}", format_func=_said(rows))
        new = new_at.selectbox(
            "To", hashes, hashes.index(chosen), key=f"prompt_studio.new.{chosen[:16]}", format_func=_said(rows)
        )
        names = [recipe_said(by_hash[h]) for h in (old, new)]
        shown = diff(find_recipe(space, old), find_recipe(space, new), old_name=names[0], new_name=names[1])
        if shown:
            st.code(shown, language="diff", wrap_lines=True)
            st.download_button("Download diff", shown, "recipe.diff", key="prompt_studio.diff.file", on_click="ignore")
        else:
            st.caption("Nothing differs.")


def _said(rows: Sequence[RecipeRow]):  # type: ignore[no-untyped-def]
    by_hash = {row.hash: row for row in rows}
    return lambda hash_: recipe_said(by_hash[hash_])


def _row(row: RecipeRow) -> dict[str, object]:
    return {
        "recipe": row.name,
        "version": f"v{row.version}" if row.version else "bundled, not used yet",
        "promoted": "yes" if row.promoted else "",
        "hash": row.hash[:12],
        "labels": row.scheme,
        "target": row.target,
        "label mode": row.label_mode,
        "protocol": row.protocol,
        "recordings": row.recordings or "",
    }
