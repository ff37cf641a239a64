"""The card of a released set: README.md with the header that the Hugging Face hub and `datasets` read.

card_text(made, report, recipe, tables, content)     # "---\\nlicense: apache-2.0\\n…---\\n# meld-balanced\\n…"

Numbers come from the set's facts; text of data is shown as it is and never as markup (`markdown`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from erc_engine.curation.stereotypes import Associations
from erc_engine.domain.generation import LabelMode, PromptRecipe
from erc_engine.domain.generation_runs import RunReport
from erc_engine.domain.release import ReleasedSet
from erc_engine.workflows.markdown import Raw, fenced, plain, rows
from erc_engine.workflows.release_caveats import by, caveats
from erc_engine.workflows.release_header import front_matter
from erc_engine.workflows.release_stereotypes import associations_text
from erc_engine.workflows.release_words import BENCHMARK
from erc_engine.workflows.run_targets import PUBLISHED


def card_text(
    made: ReleasedSet,
    report: RunReport,
    recipe: PromptRecipe,
    tables: Sequence[Associations],
    content: Mapping[str, int],
) -> str:
    shown = BENCHMARK[made.benchmark].shown
    config = [("default", "data/train-00000-of-00001.parquet")]
    header = front_matter(
        made.licence, made.utterances, f"{made.name}, for {shown}", config, [made.benchmark, by(made)]
    )
    parts = [
        f"# {plain(made.name)}",
        *_summary(made, shown),
        "## What is in this folder",
        _files(made),
        "## How it was made",
        *_provenance(made, recipe),
        "## Plan and outcome, label by label",
        *_labels(made, report),
        "## What was refused",
        *_refused(made, report),
        "## Text of benchmarks",
        *_contamination(made, shown),
        "## Quality",
        *_quality(made),
        "## Names, traits and emotions",
        *(part for table in tables for part in associations_text(table)),
        *caveats(made, content),
    ]
    return header + "\n" + "\n\n".join(parts) + "\n"


def _summary(made: ReleasedSet, shown: str) -> Iterator[str]:
    mix = "every emotion equally often" if made.target_source == "uniform" else f"the label shares of {shown}"
    yield (
        f"{made.dialogues:,} written dialogues, {made.utterances:,} utterances, each labelled with one of {shown}'s "
        f"{len(made.labels)} emotions; planned to have {mix}. Text only, English, fictional."
    )
    if made.recorded:
        yield (
            "**Recorded text.** A large hosted language model wrote these dialogues once, for this project; `replay:` "
            "served them again. They are not the output of a small local model, nor an answer to the prompt below."
        )
    if made.complete:
        yield f"The plan was met: {made.asked:,} utterances were asked for."
    elif made.short:
        yield (
            f"**Short of its plan**: {made.asked:,} utterances were asked for, {made.utterances:,} are here, "
            f"{made.short:,} are missing. {_why(made)}"
        )
    else:
        yield f"**The plan was not met**: enough utterances, but not in the wanted shares. {_why(made)}"
    yield (
        f"Distance of the label shares to the plan: {made.distance:.4f} (total variation; 0 equal, 1 disjoint), "
        f"over {sum(made.labels.values()):,} labelled utterances."
    )


def _why(made: ReleasedSet) -> str:
    dropped = sum(made.dropped.values())
    after = (
        f" {dropped:,} accepted {'dialogue was' if dropped == 1 else 'dialogues were'} dropped since."
        if dropped
        else ""
    )
    if not made.message and made.settings.get("label_mode") == LabelMode.FREE:
        after = f" The recipe leaves the labels to the model.{after}"
    return f"The run ended as {made.state}: {plain(made.message)}.{after}" if made.message else after.strip()


def _files(made: ReleasedSet) -> str:
    quality = "measured against the benchmark" if made.quality_against else "of the set alone"
    listed = [
        ("data/train-00000-of-00001.parquet", "one row a turn: dialogue, turn, utterance, speaker, text, label, "
         "attributes. All of it is train: dev and test are the benchmark's"),
        (f"{made.name}.jsonl", "one dialogue a line, exact to the last character; ERC Studio imports it back"),
        (f"{made.name}.corpus.json", "its label scheme, licence and origin"),
        ("ledger.jsonl", "every plan, and every attempt with its state, reason, seed, prompt hash and tokens"),
        ("raw.jsonl", "every reply as it came, accepted or not"),
        ("recipe.yaml", "the prompt recipe"),
        ("quality.html, quality.json", f"the quality card, {quality}"),
        ("stereotypes.json", "names and traits by emotion, in full"),
        ("set.json", "the facts of this card"),
    ]  # fmt: skip
    mended = (
        f"\n\nIn Parquet {made.mended_texts:,} texts have a replacement character for half a surrogate pair."
        if made.mended_texts
        else ""
    )
    loading = fenced(
        'from datasets import load_dataset\n\nload_dataset("path/to/this/folder", split="train")', "python"
    )
    return rows(["file", "what"], [(Raw(f"`{file}`"), what) for file, what in listed]) + f"\n\n{loading}{mended}"


def _provenance(made: ReleasedSet, recipe: PromptRecipe) -> Iterator[str]:
    wanted = (
        f"the label scheme and published counts of {BENCHMARK[made.benchmark].shown}, which was not imported; its "
        "lengths, speakers and transitions not available"
        if made.like.startswith(PUBLISHED)
        else f"train split of the imported corpus {made.like}: its lengths, speakers, turn-taking and transitions"
    )
    facts = [
        ("model", made.model),
        *((f"model: {key}", value) for key, value in made.model_details.items()),
        ("label shares", made.target_source),
        ("planned after", wanted),
        ("corpus content (sha256)", made.like_hash or "none: counts alone"),
        ("recipe", f"{made.recipe}, {recipe.label_mode} mode, protocol {recipe.protocol}"),
        ("recipe (sha256)", made.recipe_hash),
        ("sampling", _sampling(made, recipe)),
        ("seed", str(made.seed)),
        ("run", f"{made.run}, begun {made.began}"),
        ("run settings", _settings(made)),
        ("engine", f"ERC Studio {made.engine}, {_commit(made)}"),
        ("content of the set (sha256)", made.hash),
    ]  # fmt: skip
    yield rows(["what", "value"], facts)
    if made.recorded:
        yield (
            "The menu of recordings is finite and served without replacement. Text, speakers, labels and their order "
            "are the recordings' own, and so are lengths; what the plan decided is which recordings are here."
        )
    unread = ", which no model read here" if made.recorded else ""
    yield (
        "Rendered prompts are not part of this folder; their hashes are in `ledger.jsonl`. The recipe's templates"
        f"{unread}:"
    )
    yield fenced(recipe.system, "jinja")
    yield fenced(recipe.user, "jinja")


def _sampling(made: ReleasedSet, recipe: PromptRecipe) -> str:
    if made.recorded:
        return "none: recordings are served as they are"
    asked = recipe.sampling
    return f"temperature {asked.temperature:g}, top_p {asked.top_p:g}, at most {asked.max_tokens:,} tokens"


def _settings(made: ReleasedSet) -> str:
    told = ("window", "max_attempts_per_plan", "max_attempts", "max_tokens", "max_minutes")
    given = [(key, made.settings.get(key)) for key in told]
    return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in given if value is not None)


def _commit(made: ReleasedSet) -> str:
    return f"commit {made.commit}" if made.commit else "commit unknown (not a checkout)"


def _labels(made: ReleasedSet, report: RunReport) -> Iterator[str]:
    total = sum(made.labels.values())
    evidence = {found.label: found for found in report.evidence}
    yield rows(
        ["emotion", "plan", "here", "plan, %", "here, %"],
        [
            (
                label,
                round(share * made.asked),
                made.labels[label],
                f"{100 * share:.1f}",
                f"{100 * made.labels[label] / total:.1f}" if total else "–",
            )
            for label, share in made.target.items()
        ],
    )
    yield (
        "The funnel, in utterances: *planned* counts each plan once, *asked* every attempt that came to a reply, "
        "*passed* is accepted of asked with its 95 % interval over attempts. Accepted includes surplus that the "
        "final trim left out."
    )
    found = [evidence[label] for label in made.target if label in evidence]
    yield rows(
        ["emotion", "planned", "asked", "refused", "accepted", "passed"],
        [
            (
                e.label,
                round(e.planned),
                round(e.asked),
                round(sum(e.rejected.values())),
                e.accepted,
                "–"
                if e.pass_rate is None or e.interval is None
                else f"{100 * e.pass_rate:.1f} % [{100 * e.interval[0]:.1f}, {100 * e.interval[1]:.1f}]",
            )
            for e in found
        ],
    )


def _refused(made: ReleasedSet, report: RunReport) -> Iterator[str]:
    b = report.books
    tokens = f" The model told {report.tokens:,} tokens." if report.tokens else " The model told no tokens."
    yield (
        f"Model attempts: submitted {b.submitted:,} = accepted {b.accepted:,} + rejected {b.rejected:,} + failed "
        f"{b.failed:,} + lost {b.lost:,} + in flight {b.in_flight:,}.{tokens}"
    )
    if report.injected:
        yield f"**{report.injected:,} of these attempts had a fault injected on purpose.**"
    if report.reasons:
        yield rows(["refused or failed because", "attempts"], list(report.reasons.items()))
    else:
        yield "No attempt was refused or failed."
    after = [(reason, n) for reason, n in made.dropped.items()]
    if made.surplus:
        after.append(("surplus: accepted beyond the plan, left out", made.surplus))
    if after:
        yield rows(["accepted, yet not here, because", "dialogues"], after)


def _contamination(made: ReleasedSet, shown: str) -> Iterator[str]:
    if not made.own_text_checked:
        yield (
            f"**Not checked against {shown}**, which was not imported where this set was made. Check it before you "
            f"train on this set and test on {shown}: import both into ERC Studio, then `erc duplicates`."
        )
    if made.checked:
        yield (
            f"Held against {', '.join(map(plain, made.checked))}: no dialogue here has a turn of five words or more, "
            "or eight words in a row, of these, nor nearly such a turn."
        )
    if made.withheld:
        yield (
            f"{made.withheld:,} replies carried such text; they are in `raw.jsonl` as hashes alone, and none of them "
            "is in the set."
        )


def _quality(made: ReleasedSet) -> Iterator[str]:
    if made.quality_against:
        yield f"Against {plain(made.quality_against)}; all measures and how to read them: `quality.html`."
    else:
        yield (
            f"Comparison with the benchmark: not available because {plain(made.quality_absent)}. What the set alone "
            "shows is in `quality.html`."
        )
    yield rows(
        ["measure", "value", "interval (95 %), benchmark, or why there is none"],
        [(h.name, h.value or "–", h.beside) for h in made.quality],
    )
