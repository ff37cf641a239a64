"""The index over a release, README.md and index.json, written from the sets' own facts.

index_files(Release("out", sets, {}))["README.md"]
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from erc_engine.domain.release import Release, ReleasedSet
from erc_engine.workflows.markdown import Raw, fenced, plain, rows
from erc_engine.workflows.release_header import front_matter
from erc_engine.workflows.release_words import BENCHMARK, IDEA

TOLD = ("Told from the benchmark (AUC, 50 is best)", "The same at equal length (AUC)", "Keywords alone (macro F1)")


def index_files(release: Release) -> dict[str, bytes]:
    data = {**release.to_json(), "folder": "."}
    return {
        "README.md": _readme(release).encode("utf-8", "replace"),
        "index.json": (json.dumps(data, indent=2, ensure_ascii=True, allow_nan=False) + "\n").encode("ascii"),
    }


def _readme(release: Release) -> str:
    total = sum(each.utterances for each in release.sets)
    licences = {each.licence for each in release.sets}
    header = front_matter(
        licences.pop() if len(licences) == 1 else "see each set",
        total,
        "Dialogues for emotion recognition in conversation",
        [(each.name, f"{each.name}/data/train-00000-of-00001.parquet") for each in release.sets],
    )
    return header + "\n" + "\n\n".join(_parts(release, total)) + "\n"


def _parts(release: Release, total: int) -> Iterator[str]:
    yield "# Dialogues for emotion recognition in conversation"
    yield (
        f"{len(release.sets)} {'set' if len(release.sets) == 1 else 'sets'}, {total:,} utterances. *Balanced* sets "
        "have every emotion equally often, *matched* ones the label shares of their benchmark's train split. Each "
        "folder has its card."
    )
    if release.sets:
        one = release.sets[0]
        yield f"Model {plain(one.model)}, seed {one.seed}, ERC Studio {one.engine}."
    if any(each.recorded for each in release.sets):
        yield (
            "**Recorded text**: a large hosted language model wrote it once, `replay:` served it again. Not the output "
            "of a small local model."
        )
    if not release.sets:
        yield "No set is here yet."
    else:
        yield rows(
            [
                "set",
                "for",
                "dialogues",
                "utterances",
                "asked",
                "state",
                "distance to the plan",
                "own benchmark checked",
            ],
            [_row(each) for each in release.sets],
        )
    short = [f"- **{plain(each.name)}**: {_short(each)}" for each in release.sets if not each.complete]
    if short:
        yield "\n".join(short)
    if release.missing:
        yield rows(["not here", "because"], list(release.missing.items()))
    if release.sets:
        yield "## Labels"
        yield "Utterances here, of those planned."
        yield rows(["set", "labels"], [(_link(each), _labels(each)) for each in release.sets])
        yield "## Quality"
        yield (
            "Three numbers of each quality card against the benchmark's train split; the card has the others, with "
            "what they mean."
        )
        yield rows(["set", *TOLD], [(_link(each), *(_headline(each, name) for name in TOLD)) for each in release.sets])
        first = release.sets[0].name
        yield "## Loading"
        yield fenced(
            f'from datasets import load_dataset\n\nload_dataset("path/to/this/folder", "{first}", split="train")',
            "python",
        )
    yield (
        "One seed, one recipe and one model a set: no evidence by themselves that training on them helps. What a set "
        f"is not, what may hurt in it, and its licence: on its card. The idea of two sets for each benchmark: *{IDEA}*."
    )


def _link(each: ReleasedSet) -> Raw:
    return Raw(f"[{plain(each.name)}]({each.name}/README.md)")


def _row(each: ReleasedSet) -> tuple[object, ...]:
    return (
        _link(each),
        BENCHMARK[each.benchmark].shown,
        each.dialogues,
        each.utterances,
        each.asked,
        "plan met" if each.complete else f"short by {each.short:,}" if each.short else "shares not met",
        f"{each.distance:.4f}",
        "yes" if each.own_text_checked else "not checked: not imported",
    )


def _short(each: ReleasedSet) -> str:
    short = f"{each.short:,} of {each.asked:,} utterances are missing" if each.short else "its label shares are off"
    why = [plain(each.message)] if each.message else []
    why += [
        f"{n:,} accepted {'dialogue was' if n == 1 else 'dialogues were'} dropped as {plain(reason)}"
        for reason, n in each.dropped.items()
    ]
    return f"{short}: {'; '.join(why)}." if why else f"{short}."


def _labels(each: ReleasedSet) -> str:
    return ", ".join(f"{label} {each.labels[label]:,}/{round(p * each.asked):,}" for label, p in each.target.items())


def _headline(each: ReleasedSet, name: str) -> str:
    found = next((h for h in each.quality if h.name == name), None)
    if found is None:
        return "–"
    return f"{found.value} {found.beside}".strip() or "–"
