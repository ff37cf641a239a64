"""The replies of a lab to read: both versions' replies to one plan, raw and as they were read.

rows = lab_rows(report)                             # LabRow("p00003", 0, a=LabCell(…), b=LabCell(…), differs=True)
a, b = lab_samples(workspace, report, rows[0])      # Sample or None, as the Prompt studio shows its samples
"""

from __future__ import annotations

from dataclasses import dataclass

from erc_engine.domain.prompt_lab import Arm, LabCell, LabReport, ReplyState
from erc_engine.generation.parsing import parse
from erc_engine.generation.recipes import parse_recipe
from erc_engine.workflows.prompt_samples import Sample, SampleState, as_read
from erc_engine.workflows.workspace import Workspace

STATES = {
    ReplyState.ACCEPTED: SampleState.ACCEPTED,
    ReplyState.REJECTED: SampleState.REJECTED,
    ReplyState.FAILED: SampleState.FAILED,
}


@dataclass(frozen=True)
class LabRow:
    """One reply number of one plan in both versions; None where nothing came yet."""

    plan: str
    reply: int
    a: LabCell | None
    b: LabCell | None

    @property
    def differs(self) -> bool:
        return (self.a and self.a.state) != (self.b and self.b.state)

    @property
    def name(self) -> str:
        """p3, or p3.2 for its second reply."""
        short = f"p{int(self.plan[1:])}"
        return short if not self.reply else f"{short}.{self.reply + 1}"


def lab_rows(report: LabReport) -> tuple[LabRow, ...]:
    """By plan and reply."""
    cells = {(cell.plan, cell.reply, cell.arm): cell for cell in report.cells}
    keys = sorted({(plan, reply) for plan, reply, _ in cells})
    return tuple(LabRow(*key, cells.get((*key, Arm.A)), cells.get((*key, Arm.B))) for key in keys)


def lab_samples(workspace: Workspace, report: LabReport, row: LabRow) -> tuple[Sample | None, Sample | None]:
    """What both versions wrote for this plan: A, B."""
    plan = next(p for p in workspace.store.labs.get(report.id).plans if p.id == row.plan)
    replies = {
        r.arm: r for r in workspace.store.labs.replies(report.id) if (r.plan, r.reply) == (row.plan, row.reply)
    }  # the last one of each version

    def sample(arm: Arm, cell: LabCell | None, recipe_hash: str) -> Sample | None:
        if cell is None or arm not in replies:
            return None
        recipe, reply = parse_recipe(workspace.store.recipes.get(recipe_hash)), replies[arm]
        written = Sample(
            plan,
            state=STATES[cell.state],
            raw=reply.text,
            reason=cell.reason,
            detail=cell.detail,
            injected=reply.injected or "",
            seconds=reply.seconds,
            prompt_tokens=reply.prompt_tokens,
            completion_tokens=reply.completion_tokens,
        )
        return as_read(recipe, written, parse(reply.text, recipe.protocol, recipe.scheme))

    return sample(Arm.A, row.a, report.settings.a), sample(Arm.B, row.b, report.settings.b)
