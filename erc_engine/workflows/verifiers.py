"""The verifiers of a gate, opened for one set: a judge, a trained classifier, or both.

    with open_panel(workspace, GateSettings(judge="openai:lab#judge"), about) as panel:
        panel.ask(dialogue)["llm"][0].support("joy")        # 0.67; stored, and not asked again for the same text
    panel.ahead(dialogue)       # in any thread: they think of it before they are asked

A verifier gets speakers and words alone. Its warnings are kept with each of its verdicts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Protocol

from erc_engine.classifiers.base import Classifier, load_classifier
from erc_engine.domain.conversation import OWN_LICENCE, Dialogue, Licence, Origin, Utterance
from erc_engine.domain.labels import LabelScheme
from erc_engine.domain.verification import (
    GateSettings,
    Opinion,
    Verdict,
    Verifier,
    VerifierKind,
    intended_labels,
    same_model,
    turn_hashes,
)
from erc_engine.errors import ErcError, InputError, RefusedError
from erc_engine.generation.judge import Judge
from erc_engine.generation.verification import Said
from erc_engine.llm.chat_model import open_model
from erc_engine.settings import assets_folder
from erc_engine.workflows.remembered import Remembered
from erc_engine.workflows.workspace import Workspace

THOUGHTS = 256  # dialogues that a panel has thought of and was not asked about yet


class TurnVerifier(Protocol):
    @property
    def about(self) -> Verifier: ...

    def opinions(self, dialogue: Dialogue) -> Sequence[Opinion]: ...


@dataclass(frozen=True)
class Verified:
    """The set that is verified: `written_by` is the spec of the model that wrote it, "" for real text."""

    corpus: str
    scheme: LabelScheme
    licence: Licence = OWN_LICENCE
    written_by: str = ""


@dataclass(frozen=True)
class TrainedVerifier:
    """A classifier of this workspace; `about` names its training run."""

    about: Verifier
    model: Classifier
    scheme: LabelScheme

    def opinions(self, dialogue: Dialogue) -> tuple[Opinion, ...]:
        rows = self.model.predict_proba([dialogue])[0]
        names = self.scheme.names
        return tuple(Opinion(probabilities={k: float(p) for k, p in zip(names, row, strict=True)}) for row in rows)


@dataclass(frozen=True)
class Panel:
    """`members` with the warning that goes with each of their verdicts."""

    workspace: Workspace
    of: Verified
    members: tuple[tuple[TurnVerifier, str], ...]
    thoughts: Remembered[Sequence[Opinion]] = field(default_factory=lambda: Remembered(THOUGHTS))

    def ahead(self, dialogue: Dialogue) -> None:
        """Nothing is stored. An error is raised to whoever asks."""
        hashes = turn_hashes(dialogue)
        with suppress(ErcError):
            for verifier, _ in self.members:
                if len(self.workspace.store.verdicts.known(verifier.about.id, hashes)) < len(hashes):
                    self._thought(verifier, dialogue, hashes)

    def _thought(self, verifier: TurnVerifier, dialogue: Dialogue, hashes: Sequence[str]) -> Sequence[Opinion]:
        return self.thoughts.get((verifier.about.id, tuple(hashes)), lambda: verifier.opinions(_words_alone(dialogue)))

    def ask(self, dialogue: Dialogue) -> Said:
        """By kind of verifier. What one has said of this text before, in whatever set, is not asked again."""
        store, hashes = self.workspace.store.verdicts, turn_hashes(dialogue)
        said = {}
        for verifier, warning in self.members:
            about = verifier.about
            known = store.known(about.id, hashes)
            if len(known) < len(hashes):
                asked = self._thought(verifier, dialogue, hashes)
                known = {**dict(zip(hashes, asked, strict=True)), **known}
            opinions = tuple(known[h] for h in hashes)
            rows = zip(dialogue.utterances, hashes, intended_labels(dialogue), opinions, strict=True)
            verdicts = [
                Verdict(self.of.corpus, dialogue.id, u.id, about.id, text, intended, opinion, warning)
                for u, text, intended, opinion in rows
            ]
            store.add(about, verdicts)
            said[str(about.kind)] = opinions
        return said


def _words_alone(dialogue: Dialogue) -> Dialogue:
    """Without labels and without anything that was noted about them."""
    turns = tuple(Utterance(u.id, u.speaker, u.text) for u in dialogue.utterances)
    return replace(dialogue, utterances=turns, extra={})


@contextmanager
def open_panel(
    workspace: Workspace, settings: GateSettings, of: Verified, *, allow_address: bool = False, at_once: int = 1
) -> Iterator[Panel]:
    """Raises at once what would stop it: an unknown model or run, text that may not leave this machine."""
    members: list[tuple[TurnVerifier, str]] = []
    with ExitStack() as stack:
        if settings.judge is not None:
            judge = _judge(workspace, settings, of, allow_address, at_once, stack)
            same = bool(of.written_by) and same_model(settings.judge, of.written_by)
            warning = "the judge is the model that wrote the dialogues: it may confirm its own mistakes" if same else ""
            members.append((judge, warning))
        if settings.classifier is not None:
            members.append(trained_verifier(workspace, settings.classifier, of))
        yield Panel(workspace, of, tuple(members))


def _judge(
    workspace: Workspace, settings: GateSettings, of: Verified, allow_address: bool, at_once: int, stack: ExitStack
) -> Judge:
    model = open_model(
        settings.judge or "",
        endpoints=workspace.settings.endpoints,
        recordings=assets_folder() / "recordings",
        allow_address=allow_address,
        models=workspace.settings.models,
    )
    stack.callback(model.close)
    if not of.licence.may_leave_machine and not model.capabilities.local:
        raise RefusedError(
            f"the text of '{of.corpus}' may not leave this machine ({of.licence.name}); '{model.spec}' is elsewhere",
            hint="choose a judge on this machine, or a server that config.toml marks as local",
            code="licence",
        )
    return Judge(model, of.scheme, settings.votes, settings.context, at_once=at_once)


def full_run_id(workspace: Workspace, given: str) -> str:
    """A training run by its id, or by the beginning of it up to a dash where only one run has that."""
    ids = [run.id for run in workspace.store.training.list()]
    found = [id_ for id_ in ids if id_ == given] or [id_ for id_ in ids if id_.startswith(f"{given}-")]
    if len(found) > 1:
        raise InputError(f"'{given}' may be {', '.join(found)}", hint="give the whole id")
    return found[0] if found else given


def trained_verifier(workspace: Workspace, run_id: str, of: Verified) -> tuple[TrainedVerifier, str]:
    run = workspace.store.training.get(full_run_id(workspace, run_id))
    if run.state != "done" or run.settings.classifier == "outside":
        raise RefusedError(
            f"run '{run.id}' is {run.state}" if run.state != "done" else f"the model of run '{run.id}' is not here",
            hint="train one: erc train VERSION --classifier tfidf",
        )
    version = workspace.store.versions.get(run.version)
    if version.scheme.names != of.scheme.names:
        raise RefusedError(
            f"run '{run_id}' knows {', '.join(version.scheme.names)}, '{of.corpus}' has {', '.join(of.scheme.names)}",
            hint="choose a run that was trained on the same label scheme",
        )
    trained_on = [source for source in version.sources if source.role == "train"]
    made = [source.corpus for source in trained_on if source.origin != Origin.IMPORTED]
    warning = ""
    if of.corpus in [source.corpus for source in trained_on]:
        warning = f"the classifier was trained on '{of.corpus}' itself: it only repeats its labels"
    elif made:
        warning = f"the classifier was trained on generated text ({', '.join(made)}): its word is not independent"
    model = load_classifier(run.settings, workspace.home / "models" / run.id)
    about = Verifier(f"model:{run.id}", VerifierKind.MODEL, run.id)
    return TrainedVerifier(about, model, of.scheme), warning
