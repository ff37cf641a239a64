"""Plans of a run whose replies were rejected, to ask for them again with a better prompt.

    rejection_counts(workspace, "meld-extra")               # {"label_plan": 31, "too_long": 4}: plans, not replies
    rejected_plans(workspace, "meld-extra", "label_plan")   # those 31, numbered anew from p00000
    runs_to_mend(workspace, recipe)                         # ("meld-extra",): written by a model that reads prompts

A plan counts under each reason that one of its replies was rejected for, also when a later reply was accepted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from erc_engine.domain.generation import LabelPlan, PromptRecipe
from erc_engine.domain.generation_runs import AttemptState
from erc_engine.errors import NotFoundError
from erc_engine.generation.label_plan import plan_id
from erc_engine.workflows.workspace import Workspace


def rejection_counts(workspace: Workspace, run: str) -> dict[str, int]:
    """How many plans of the run had a reply rejected for each reason, the most frequent first."""
    return dict(Counter(reason for _, reason in _rejected(workspace, run)).most_common())


def rejected_plans(workspace: Workspace, run: str, reason: str) -> tuple[LabelPlan, ...]:
    """NotFoundError when no reply of the run was rejected for this reason."""
    wanted = {plan for plan, why in _rejected(workspace, run) if why == reason}
    if not wanted:
        listed = ", ".join(rejection_counts(workspace, run)) or "none"
        raise NotFoundError(f"no reply of run '{run}' was rejected for '{reason}'", hint=f"its reasons: {listed}")
    chosen = [plan for plan in workspace.store.ledger.plans(run) if plan.id in wanted]
    return tuple(replace(plan, id=plan_id(n), ordinal=n) for n, plan in enumerate(chosen))


def runs_to_mend(workspace: Workspace, recipe: PromptRecipe) -> tuple[str, ...]:
    """Runs of a live model with this recipe's labels and rejected replies; the newest first."""
    found = []
    for run in workspace.store.runs.list():
        live = not run.settings.model.startswith("replay:") and run.settings.replays is None
        if live and workspace.store.corpora.exists(run.name):
            same = workspace.store.corpora.stored(run.name).scheme.names == recipe.scheme.names
            if same and workspace.store.runs.books(run.id).rejected:
                found.append(run.name)
    return tuple(reversed(found))


def plans_followed(workspace: Workspace, run: str, only: str | None) -> Iterable[LabelPlan]:
    """All plans of a run, or those rejected for a reason."""
    return workspace.store.ledger.plans(run) if only is None else rejected_plans(workspace, run, only)


def _rejected(workspace: Workspace, run: str) -> set[tuple[str, str]]:
    outcomes = workspace.store.ledger.outcomes(run)
    return {(o.plan, o.reason) for o in outcomes if o.state is AttemptState.REJECTED}
