"""Exactly which model a run was written by, so that it goes on with the same one.

details_of(chat_model)                    # {"weights_sha256": "…", "device": "cpu", …}; None if it cannot tell
refuse_another_model(settings, details)   # ConflictError when the run was started with other weights
"""

from __future__ import annotations

from collections.abc import Mapping

from erc_engine.domain.generation_runs import RunSettings
from erc_engine.errors import ConflictError
from erc_engine.llm.chat_model import ChatModel, DescribedModel

PASSING = ("pid", "loaded_at", "at_once", "under_way", "words")  # of what a model tells about itself, not kept


def details_of(model: ChatModel) -> dict[str, str] | None:
    """Which model it is, for the record; None for one that cannot tell. A local model is loaded for it."""
    if not isinstance(model, DescribedModel):
        return None
    return {key: value for key, value in model.about().items() if key not in PASSING}


def refuse_another_model(settings: RunSettings, now: Mapping[str, str] | None) -> None:
    before = settings.model_details or {}
    changed = [key for key in before if key.endswith("_sha256") and before[key] != (now or {}).get(key)]
    if changed:
        what = ", ".join(key.removesuffix("_sha256").replace("_", " ") for key in changed)
        raise ConflictError(
            f"'{settings.model}' is not the model that '{settings.name}' was started with: other {what}",
            hint="put the first model back to go on with the run, or start anew with another --name",
        )


def weights_of(settings: RunSettings) -> str:
    """ " (engine, number format, weights sha256 …)", or nothing where the model did not tell."""
    details = settings.model_details or {}
    known = next(
        (f", {key.replace('_', ' ')} {value}" for key, value in details.items() if key.startswith("weights")), ""
    )
    return known and f" ({details.get('engine', '')}, {details.get('dtype', '')}{known})"
