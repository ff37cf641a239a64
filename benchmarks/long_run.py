"""Memory of a very long run: the whole workflow on a model that makes up its words, in a process of its own.

100,000 dialogues take some minutes of our own work; `ERC_LONG_RUN` sets another number. Printed as it goes: peak memory
(resident, of the process, imports included) by accepted dialogues, and what each further thousand costs. Measured: that
peak for the first 99 %, and for a resume, which reads the whole ledger again, goes on to the end and reports.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measurement import ROOT, Measurement
from erc_engine.domain.conversation import Corpus, Dialogue, Split, Utterance
from erc_engine.domain.generation import ChatRequest, Completion, ParsedTurn
from erc_engine.domain.generation_runs import Books, RunState
from erc_engine.domain.labels import scheme
from erc_engine.llm.chat_model import Capabilities

DIALOGUES = 100_000
TURNS = 8
MOST_MEGABYTES = 500
RECIPE = """
recipe: made-up
scheme: meld
target: balanced
label_mode: sequence
names: [Ana, Bo, Cleo, Dev]
system: You write dialogues.
user: "{% for t in plan %}{{ t.speaker }}|{{ t.label }}{% if not loop.last %};{% endif %}{% endfor %}"
"""
SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]


def measure() -> Iterator[Measurement]:
    dialogues = int(os.environ.get("ERC_LONG_RUN", DIALOGUES))
    with tempfile.TemporaryDirectory() as folder:
        for what, asked in (("run", dialogues), ("resume", dialogues)):
            environment = {**os.environ, "ERC_HOME": folder, "PYTHONPATH": str(ROOT)}
            command = [sys.executable, "-m", "benchmarks.long_run", what, str(asked)]
            with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
                told = list(process.stdout or ())
            if process.returncode:
                raise SystemExit(f"the {what} of {dialogues} dialogues failed")
            print("".join(f"# {what}: {line}" for line in told), end="")
            peak = float(told[-1].split()[0])
            yield Measurement(f"long_{what}_{dialogues}_peak_megabytes", peak, MOST_MEGABYTES, slack=1)


class MadeUpModel:
    """Writes every plan as asked, in words that no two dialogues share; a twentieth is broken off."""

    spec = "made-up:"
    capabilities = Capabilities(True, True, True, True, False, True, 16)

    def complete(self, request: ChatRequest) -> Completion:
        from erc_engine.llm.protocol import write

        draw = random.Random(request.seed)
        turns = [
            ParsedTurn(*pair.split("|"), f"{' '.join(_word(draw) for _ in range(8))}.")  # type: ignore[misc]
            for pair in request.messages[1].content.split(";")
        ]
        broken = draw.random() < 0.05
        text = write(turns[: len(turns) // 2] if broken else turns, request.protocol)
        return Completion(text, "length" if broken else "stop", prompt_tokens=90, completion_tokens=120)

    def stream(self, request: ChatRequest) -> Iterator[str]:
        yield self.complete(request).text

    def close(self) -> None:
        """Nothing is held."""


def _word(draw: random.Random) -> str:
    return "".join(draw.choices(SYLLABLES, k=2))


def _like() -> Corpus:
    """Short dialogues of every label, and a test split to be compared with."""
    names, draw = scheme("meld").names, random.Random(1)
    splits = [Split.TRAIN] * 60 + [Split.TEST] * 20
    dialogues = []
    for n, split in enumerate(splits):
        turns = tuple(
            Utterance(f"{n}:{t}", ("Ana", "Bo")[t % 2], " ".join(_word(draw) for _ in range(7)), draw.choice(names))
            for t in range(TURNS)
        )
        dialogues.append(Dialogue(str(n), split, turns))
    return Corpus("invented", "jsonl", scheme("meld"), tuple(dialogues))


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(arguments: Sequence[str]) -> None:
    """What the measured process does."""
    from erc_engine.corpora.loading import Loaded
    from erc_engine.workflows import generation
    from erc_engine.workflows.datasets import save_corpus
    from erc_engine.workflows.workspace import open_workspace

    what, dialogues = arguments[0], int(arguments[1])
    generation.open_model = lambda *_, **__: MadeUpModel()  # type: ignore[assignment]
    steps, lock = iter(range(dialogues // 5, dialogues + 1, max(1, dialogues // 5))), threading.Lock()
    due, accepted = [next(steps)], [0]

    def progress(books: Books) -> None:
        with lock:
            accepted[0] = books.accepted
            if due and books.accepted >= due[0]:
                print(f"{_megabytes():.0f} MB at {books.accepted:,} dialogues", flush=True)
                due[:] = [n for n in [next(steps, 0)] if n]

    def stop() -> RunState | None:
        return RunState.PAUSED if accepted[0] >= 0.99 * dialogues else None

    with open_workspace() as workspace:
        recipe = Path(workspace.home) / "made-up.yaml"
        asked: dict[str, Any] = {"like": "invented", "model": "made-up:", "seed": 1, "name": "long", "window": 4}
        if what == "run":
            recipe.write_text(RECIPE, "utf-8")
            save_corpus(workspace, Loaded(_like(), (), ""))
            found = generation.generate(
                workspace, recipe=str(recipe), utterances=TURNS * dialogues, progress=progress, stop=stop, **asked
            )
        else:
            found = generation.resume(workspace, "long", progress=progress)
    print(
        f"{_megabytes():.0f} MB at the end: {found.state}, {found.books.accepted:,} accepted, {found.distance:.4f} off"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
