"""One set of a release: its run, its gate, its quality card, and its folder.

made = make_set(workspace, order, to=Path("out/.meld-balanced.part"), …)     # ReleasedSet, or why there is none

meld-balanced/README.md                              the card
              set.json                               its facts, from which cards and index are written
              meld-balanced.jsonl, .corpus.json      ours, exact
              data/train-00000-of-00001.parquet      what the `datasets` library loads
              recipe.yaml  ledger.jsonl  raw.jsonl   how it was made
              quality.html  quality.json  stereotypes.json
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import erc_engine
from erc_engine import __version__
from erc_engine.corpora.content import content_hash
from erc_engine.corpora.export import export
from erc_engine.corpora.parquet import parquet_bytes
from erc_engine.curation.stereotypes import associations, speaking
from erc_engine.domain.conversation import Corpus, Dialogue
from erc_engine.domain.curation import DialogueState
from erc_engine.domain.generation import PromptRecipe
from erc_engine.domain.generation_runs import RunReport, RunState
from erc_engine.domain.labels import total_variation
from erc_engine.domain.quality import QualityCard
from erc_engine.domain.release import Headline, ReleasedSet
from erc_engine.generation.recipes import parse_recipe
from erc_engine.settings import assets_folder
from erc_engine.store.runs import StoredRun
from erc_engine.workflows import curation, generation
from erc_engine.workflows.quality import quality_card, to_html, to_json
from erc_engine.workflows.quality_words import headlines
from erc_engine.workflows.release_card import card_text
from erc_engine.workflows.release_ledger import ledger_files
from erc_engine.workflows.release_words import content_counts
from erc_engine.workflows.run_driver import Stop
from erc_engine.workflows.run_targets import PUBLISHED, evaluation_splits, target_of_run
from erc_engine.workflows.workspace import Workspace

PARQUET = "data/train-00000-of-00001.parquet"
FACTS = "set.json"
Say = Callable[[str], None]


@dataclass(frozen=True)
class SetOrder:
    """What decides one set. `like` is a corpus here, or "published:NAME"; `recipe` stands for the one of its name."""

    name: str
    benchmark: str
    like: str
    model: str
    utterances: int
    seed: int
    window: int = 1
    allow_address: bool = False
    recipe: str | None = None

    @property
    def mix(self) -> str:
        return self.name.rpartition("-")[2]

    @property
    def run(self) -> str:
        """The run's name: the same order finds its run again, another one never meets it."""
        told = [self.name, self.like, self.model, self.utterances, self.seed, self.window]
        told += [self.recipe] if self.recipe else []
        return f"{self.name}-s{self.seed}-{hashlib.sha256(json.dumps(told).encode()).hexdigest()[:8]}"


class Unfinished(Exception):
    """A run that was stopped, or that accepted nothing: no folder is made of it."""


def make_set(workspace: Workspace, order: SetOrder, to: Path, say: Say, stop: Stop | None) -> ReleasedSet:
    """Everything of one set, written into folder `to`; Unfinished when there is nothing to write yet."""
    say(f"{order.name}: generating {order.utterances:,} utterances")
    report = generation.generate(
        workspace,
        recipe=order.recipe or order.name,
        target=order.mix if order.recipe else None,  # that of its own recipe is the set's already
        like=order.like,
        utterances=order.utterances,
        model=order.model,
        seed=order.seed,
        name=order.run,
        window=order.window,
        allow_address=order.allow_address,
        progress=lambda b: say(f"{order.name}: {b.accepted:,} accepted of {b.submitted:,} submitted"),
        stop=stop,
    )
    if report.state not in (RunState.COMPLETE, RunState.INFEASIBLE):
        raise Unfinished(f"its run was {report.state}; the same command goes on with it")
    say(f"{order.name}: looking for duplicates and text of benchmarks")
    sources = {**dict(curation.benchmark_sources(workspace)), **evaluation_splits(workspace, order.like)}
    curation.duplicates(workspace, order.run, drop=True, who="erc release")
    corpus = workspace.store.corpora.get(order.run)
    if not corpus.dialogues:
        raise Unfinished(f"nothing was accepted: {report.message or report.state}")
    say(f"{order.name}: quality card")
    benchmark = order.like.removeprefix(PUBLISHED)
    card = quality_card(workspace, order.run, benchmark)
    say(f"{order.name}: writing its folder")
    return _written(workspace, order, report, corpus, card, sources, to)


def _written(
    workspace: Workspace,
    order: SetOrder,
    report: RunReport,
    corpus: Corpus,
    card: QualityCard,
    sources: Mapping[str, Sequence[Dialogue]],
    to: Path,
) -> ReleasedSet:
    stored = workspace.store.runs.get(order.run)
    recipe = parse_recipe(workspace.store.recipes.get(stored.settings.recipe))
    ledger = ledger_files(workspace, order.run, list(sources.items()))
    table = parquet_bytes(corpus.dialogues)
    made = _facts(workspace, order, stored, recipe, report, corpus, card)
    made = replace(made, checked=tuple(sources), withheld=ledger.withheld, mended_texts=table.mended)
    tables = tuple(
        associations(what, tuple(speaking(corpus.dialogues)), corpus.scheme, seed=order.seed)
        for what in ("name", "trait")
    )
    files: dict[str, bytes] = {
        PARQUET: table.data,
        "recipe.yaml": recipe.text.encode(),
        "ledger.jsonl": ledger.ledger,
        "raw.jsonl": ledger.raw,
        "quality.html": to_html(card).encode("utf-8", "replace"),
        "quality.json": _json(to_json(card)),
        "stereotypes.json": _json({f"{t.what}s": t.to_json() for t in tables}),
        "README.md": card_text(made, report, recipe, tables, content_counts(corpus.dialogues)).encode(
            "utf-8", "replace"
        ),
        FACTS: _json(made.to_json()),
    }
    export(replace(corpus, name=order.name), "jsonl", to)
    for name, data in files.items():
        path = to / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return made


def _facts(
    workspace: Workspace,
    order: SetOrder,
    stored: StoredRun,
    recipe: PromptRecipe,
    report: RunReport,
    corpus: Corpus,
    card: QualityCard,
) -> ReleasedSet:
    target = target_of_run(workspace, stored.settings, recipe)
    labels = corpus.distribution()
    states = workspace.store.corpora.state_of(order.run)
    why = {event.dialogue: event.reason for event in workspace.store.corpora.history(order.run)}
    out = (DialogueState.KEPT, DialogueState.SURPLUS)
    dropped = Counter(why.get(d, "") or str(state) for d, state in states.items() if state not in out)
    return ReleasedSet(
        name=order.name,
        run=order.run,
        state=str(report.state),
        message=report.message,
        recorded=report.recorded,
        benchmark=order.benchmark,
        like=order.like,
        like_hash="" if order.like.startswith(PUBLISHED) else workspace.store.corpora.stored(order.like).hash,
        target_source=target.source,
        transitions=bool(target.own),
        model=without_folders(order.model),
        model_details=_model_details(stored, recipe),
        seed=order.seed,
        asked=order.utterances,
        utterances=sum(len(d) for d in corpus.dialogues),
        dialogues=len(corpus.dialogues),
        labels=dict(labels.counts),
        target=dict(target.shares),
        distance=total_variation(labels.shares, target.shares),
        dropped=dict(dropped),
        surplus=report.surplus,
        checked=(),
        withheld=0,
        recipe=recipe.name,
        recipe_hash=recipe.hash,
        hash=content_hash(corpus.dialogues),
        licence=corpus.licence.name,
        licence_note=corpus.licence.note.replace(order.model, without_folders(order.model)),
        quality_against=card.against.name if card.against else "",
        quality_absent=card.absent,
        quality=tuple(
            Headline(h.name, h.value, h.beside.removesuffix("  benchmark –").strip()) for h in headlines(card)
        ),
        engine=__version__,
        commit=engine_commit(),
        began=stored.created_at.isoformat(timespec="seconds"),
        settings=_settings(stored, recipe),
    )


def _settings(stored: StoredRun, recipe: PromptRecipe) -> dict[str, Any]:
    """Of the run, with the label mode of its recipe; no folder of this machine is told."""
    settings = json.loads(json.dumps(asdict(stored.settings)))
    told = {"model": without_folders(settings["model"]), "model_details": _model_details(stored, recipe) or None}
    return {**settings, **told, "label_mode": str(recipe.label_mode)}


def without_folders(model: str) -> str:
    """A local model by the last part of its path."""
    kind, _, name = model.partition(":")
    return f"hf:{_name_alone(name)}" if kind == "hf" else model


def _name_alone(path: str) -> str:
    return Path(path).name if Path(path).is_absolute() else path


def _model_details(stored: StoredRun, recipe: PromptRecipe) -> dict[str, str]:
    """What the run keeps of its model (hashes of weights and chat template, where it told them), or the recordings."""
    details = getattr(stored.settings, "model_details", None)
    if details:
        return {str(key): _name_alone(str(value)) for key, value in details.items() if value}
    if stored.settings.model.startswith("replay:") and recipe.recordings:
        path = assets_folder() / "recordings" / f"{recipe.recordings}.jsonl"
        return {"recordings": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    return {}


def engine_commit() -> str | None:
    """The git commit of the checkout that runs, with a word where files differ from it; None when installed."""
    root = Path(erc_engine.__file__).parents[1]
    if not (root / ".git").exists():
        return None
    try:
        head = subprocess.run(["git", "-C", root, "rev-parse", "HEAD"], capture_output=True, text=True, timeout=10)
        changed = subprocess.run(
            ["git", "-C", root, "diff", "--quiet", "HEAD", "--", "erc_engine", "assets"],
            capture_output=True,
            timeout=30,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if head.returncode:
        return None
    return head.stdout.strip() + (" with local changes" if changed.returncode else "")


def _json(data: Any) -> bytes:
    return (json.dumps(data, indent=2, ensure_ascii=True, allow_nan=False) + "\n").encode("ascii")
