"""What is wrong in the edited recipe, or likely not meant: errors first, each with what to do.

findings(space, recipe, like="meld", model="replay:")
"""

from __future__ import annotations

import streamlit as st

from erc_engine.domain.generation import PromptRecipe
from erc_engine.domain.recipe_lint import Finding, Severity
from erc_engine.workflows.recipe_lint import lint_mark, lint_remembered
from erc_engine.workflows.workspace import Workspace
from ui import frame, resources
from ui.components import tables

NAMES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def findings(space: Workspace, recipe: PromptRecipe | None, like: str | None, model: str) -> None:
    if recipe is None:
        return  # what refuses it is told beside the templates
    with frame.shown_errors():
        asked = ("lint", *lint_mark(space, recipe, like, model or None))
        found = resources.worked_out(asked, lambda: lint_remembered(space, recipe, like=like, model=model or None))
        if found is None:
            frame.working(asked, "Checking the recipe")
            return
        wrong = any(f.severity is Severity.ERROR for f in found)
        with st.expander(f"Check of the recipe: {counted(found)}", expanded=wrong):
            if found:
                tables.table([_row(f) for f in found], key="prompt_studio.lint")


def counted(found: tuple[Finding, ...]) -> str:
    """`1 error, 2 warnings`."""
    numbers = {severity: sum(f.severity is severity for f in found) for severity in Severity}
    parts = [f"{n} {NAMES[s]}{'' if n == 1 else 's'}" for s, n in numbers.items() if n]
    return ", ".join(parts) or "nothing found"


def _row(finding: Finding) -> dict[str, str]:
    return {
        "severity": str(finding.severity),
        "where": finding.where,
        "what": finding.what,
        "what to do": finding.to_do,
    }
