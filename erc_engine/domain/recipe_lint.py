"""What is wrong, or likely not meant, in a prompt recipe.

Finding(Severity.ERROR, "user template", "the plan's emotions are never told", "write {{ budget }} …")
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """An error cannot work, or is refused when a run starts; a warning works otherwise than meant; a note informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    severity: Severity
    where: str
    what: str
    to_do: str = ""


@dataclass(frozen=True)
class LintReport:
    """`recipe` is its name, or what was given when it cannot be read."""

    recipe: str
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        return sum(f.severity is Severity.ERROR for f in self.findings)

    def to_json(self) -> dict[str, Any]:
        rows = [{**vars(f), "severity": str(f.severity)} for f in self.findings]
        return {"recipe": self.recipe, "errors": self.errors, "findings": rows}


def by_severity(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors first; otherwise in the given order."""
    order = list(Severity)
    return tuple(sorted(findings, key=lambda f: order.index(f.severity)))
