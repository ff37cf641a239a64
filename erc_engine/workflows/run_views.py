"""Generation runs to look at: the funnel while one goes, and the attempts behind it.

    view = run_view(workspace, "more-fear")     # funnel per label, refusals by reason, books, its job
    rows, n = attempts_page(workspace, "more-fear", reason="turn_count")

Nothing is saved here; the run itself is `workflows.generation`, what comes before it `run_orders`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from erc_engine.domain.generation import LabelMode, LabelPlan, RejectReason
from erc_engine.domain.generation_runs import Attempt, AttemptState, RunReport, RunSettings
from erc_engine.domain.jobs import Job
from erc_engine.domain.labels import LabelScheme
from erc_engine.errors import NotFoundError
from erc_engine.generation.recipes import parse_recipe
from erc_engine.workflows import generation, jobs
from erc_engine.workflows.remembered import Remembered
from erc_engine.workflows.workspace import Workspace

PAGE = 50
UNREAD = {
    str(r) for r in (RejectReason.EMPTY_REPLY, RejectReason.UNPARSED, RejectReason.TRUNCATED, RejectReason.REFUSAL)
}
_VIEWS: Remembered[RunView] = Remembered(8)


@dataclass(frozen=True)
class LabelFunnel:
    """One label in utterances: planned once, asked for with every attempt. Asked for = the five that follow it."""

    label: str
    planned: float
    asked: float
    accepted: float
    unread: float  # no dialogue could be read in the reply
    refused: float  # read, then turned down by a check
    no_reply: float
    open: float  # in flight, or lost with its process
    reasons: Mapping[str, float] = field(default_factory=dict)

    @property
    def parsed(self) -> float:
        return self.accepted + self.refused


@dataclass(frozen=True)
class RunView:
    report: RunReport
    settings: RunSettings
    scheme: LabelScheme
    label_mode: LabelMode
    plans: int
    funnel: tuple[LabelFunnel, ...]
    tokens: int | None
    seconds: float

    @property
    def busy_tokens_per_second(self) -> float | None:
        """Tokens written for each second that a request took; None where the model told none."""
        return self.tokens / self.seconds if self.tokens and self.seconds else None


@dataclass(frozen=True)
class AttemptRow:
    plan: str
    attempt: int
    state: str
    reason: str
    detail: str
    injected: str
    labels: str
    repairs: int
    seed: int


@dataclass(frozen=True)
class AttemptShown:
    """One attempt with its plan and the reply as it came."""

    attempt: Attempt
    plan: LabelPlan


def run_names(workspace: Workspace) -> tuple[str, ...]:
    """Runs of the store, and those whose job has not begun them yet; the newest first."""
    stored = [run.name for run in workspace.store.runs.list()]
    asked = [
        str(job.arguments.get("name", "")) for job in jobs.under_way(workspace) if job.kind in ("generate", "rerun")
    ]
    return tuple(dict.fromkeys([*(name for name in asked if name and name not in stored), *reversed(stored)]))


def job_of(workspace: Workspace, run: str) -> Job | None:
    """The newest job of the app that began this run or went on with it."""
    for job in jobs.jobs(workspace):
        asked = job.arguments.get("run_id" if job.kind == "resume" else "name")
        if job.kind in ("generate", "resume", "rerun") and asked == run:
            return job
    return None


def run_view(workspace: Workspace, run: str) -> RunView | None:
    """A run from its ledger; None while its job waits. Counted anew only when its books have changed."""
    stored = workspace.store.runs.by_name(run)
    if stored is None:
        if run in run_names(workspace) or job_of(workspace, run):
            return None
        raise NotFoundError(f"there is no run '{run}' in this workspace", hint="choose one from the list")
    books = workspace.store.runs.books(stored.id)
    mark = workspace.store.browsing.mark(run) if workspace.store.corpora.exists(run) else None
    key = (workspace.settings.database_url, stored.id, books, stored.state, stored.message, mark)
    return _VIEWS.get(key, lambda: _viewed(workspace, stored.id))


def _viewed(workspace: Workspace, run_id: str) -> RunView:
    report = generation.report(workspace, run_id)
    settings = workspace.store.runs.get(run_id).settings
    recipe = parse_recipe(workspace.store.recipes.get(settings.recipe))
    plans = {plan.id: plan for plan in workspace.store.runs.plans(run_id)}
    parts: dict[str, Counter[str]] = {p: Counter() for p in ("accepted", "unread", "refused", "no_reply", "open")}
    reasons: dict[str, Counter[str]] = {name: Counter() for name in recipe.scheme.names}
    tokens, seconds = 0, 0.0
    for attempt in workspace.store.runs.attempts(run_id, with_text=False):
        tokens += attempt.completion_tokens or 0
        seconds += attempt.seconds
        expected = plans[attempt.plan].expected
        parts[_part(attempt)].update(expected)
        if attempt.reason:
            for label, n in expected.items():
                reasons[label][attempt.reason] += n  # type: ignore[assignment]
    planned: Counter[str] = Counter()
    for plan in plans.values():
        planned.update(plan.expected)
    funnel = tuple(
        LabelFunnel(
            label=name,
            planned=planned[name],
            asked=sum(counts[name] for counts in parts.values()),
            **{part: counts[name] for part, counts in parts.items()},
            reasons=dict(reasons[name].most_common()),
        )
        for name in recipe.scheme.names
    )
    return RunView(
        report, settings, recipe.scheme, recipe.label_mode, len(plans), funnel, tokens or None, round(seconds, 3)
    )


def _part(attempt: Attempt) -> str:
    match attempt.state:
        case AttemptState.ACCEPTED:
            return "accepted"
        case AttemptState.REJECTED:
            return "unread" if attempt.reason in UNREAD else "refused"
        case AttemptState.FAILED:
            return "no_reply"
        case _:
            return "open"


def attempts_page(
    workspace: Workspace, run: str, *, reason: str = "", page: int = 0, size: int = PAGE
) -> tuple[tuple[AttemptRow, ...], int]:
    """Attempts without an accepted dialogue, the newest first, and how many there are in all."""
    stored = workspace.store.runs.by_name(run)
    if stored is None:
        return (), 0
    ended = (AttemptState.REJECTED, AttemptState.FAILED, AttemptState.LOST)
    found = [
        a
        for a in workspace.store.runs.attempts(stored.id, with_text=False)
        if a.state in ended and (not reason or reason == (a.reason or str(a.state)))
    ][::-1]
    plans = {plan.id: plan for plan in workspace.store.runs.plans(stored.id)}
    rows = (
        AttemptRow(
            plan=a.plan,
            attempt=a.number,
            state=str(a.state),
            reason=a.reason or str(a.state),
            detail=a.detail,
            injected=a.injected or "",
            labels=mix_said(plans[a.plan]),
            repairs=len(a.repairs),
            seed=a.seed,
        )
        for a in found[page * size : (page + 1) * size]
    )
    return tuple(rows), len(found)


def attempt_shown(workspace: Workspace, run: str, plan: str, number: int) -> AttemptShown:
    """One attempt whole, with the reply as it came."""
    stored = workspace.store.runs.by_name(run)
    if stored is not None:
        for attempt in workspace.store.runs.attempts(stored.id):
            if attempt.plan == plan and attempt.number == number:
                plans = workspace.store.runs.plans(stored.id)
                return AttemptShown(attempt, next(p for p in plans if p.id == plan))
    raise NotFoundError(f"run '{run}' has no attempt {number} of plan '{plan}'", hint="choose one from the table")


def mix_said(plan: LabelPlan) -> str:
    """The labels that a plan is counted on for: "joy 4, anger 3"."""
    return ", ".join(f"{label} {n:g}" for label, n in plan.expected.items() if n)
