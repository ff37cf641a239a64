"""Whether a reply is the dialogue that was planned: checks in a fixed order, the first that fails is the reason.

    judge_reply(parse(text, recipe.protocol, recipe.scheme), plan, recipe, completion, dialogue_id="extra-00003")
    # Dialogue("extra-00003", …) or Rejection(RejectReason.TURN_COUNT, "7 turns, 8 planned")

The order: empty_reply, refusal, unparsed (those by `parsing`), truncated, meta_text, turn_count, speakers,
label_outside_scheme, label_plan, empty_turn, repeated_turn, own_label_word, too_long. Near duplicates and
contamination come last, in `run`, through functions given to it. Nothing is relabelled, padded or filled in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from erc_engine.corpora.text import normalise, word_count
from erc_engine.domain.conversation import Dialogue, Split, Utterance
from erc_engine.domain.generation import (
    Completion,
    LabelMode,
    LabelPlan,
    ParsedReply,
    ParsedTurn,
    PromptRecipe,
    Rejection,
    RejectReason,
    Repair,
)
from erc_engine.domain.labels import LabelScheme
from erc_engine.generation.label_words import own_label_word
from erc_engine.generation.phrases import meta_phrase

REPEATED_WORDS = 4  # people say "Yes." twice; from this many words on, a repeated turn is a loop
ENDINGS = ".!?…—–-\"'”’»)]*~:;"

Check = Callable[[ParsedReply, LabelPlan, PromptRecipe, Completion], Rejection | None]


def judge_reply(
    parsed: ParsedReply | Rejection,
    plan: LabelPlan,
    recipe: PromptRecipe,
    completion: Completion,
    *,
    dialogue_id: str,
) -> Dialogue | Rejection:
    """The dialogue with the plan's spelling of names and the scheme's of labels, or the first reason against it."""
    if isinstance(parsed, Rejection):
        return parsed
    for check in CHECKS:
        rejection = check(parsed, plan, recipe, completion)
        if rejection is not None:
            return rejection
    names = {speaker.name.casefold(): speaker.name for speaker in plan.speakers}
    utterances = tuple(
        Utterance(f"{dialogue_id}:{n}", names[turn.speaker.casefold()], turn.text, _label(turn, recipe.scheme))
        for n, turn in enumerate(parsed.turns)
    )
    extra = {
        "plan": plan.id,
        "attributes": dict(plan.attributes),
        "traits": {speaker.name: speaker.trait for speaker in plan.speakers if speaker.trait},
        **({"recording": plan.recording} if plan.recording else {}),
        **({"shots": list(plan.shots)} if plan.shots else {}),
    }
    return Dialogue(dialogue_id, Split.TRAIN, utterances, extra=extra)


def mended_speakers(parsed: ParsedReply, plan: LabelPlan) -> tuple[Repair, ...]:
    """A repair for each turn whose speaker was written in another case than planned."""
    names = {speaker.name.casefold(): speaker.name for speaker in plan.speakers}
    return tuple(
        Repair("speaker_case", n, turn.speaker)
        for n, turn in enumerate(parsed.turns)
        if names.get(turn.speaker.casefold(), turn.speaker) != turn.speaker
    )


def _label(turn: ParsedTurn, scheme: LabelScheme) -> str | None:
    return None if turn.label is None else scheme.canonical(turn.label)


def _truncated(parsed: ParsedReply, plan: LabelPlan, recipe: PromptRecipe, completion: Completion) -> Rejection | None:
    """Stopped by the token limit; or too few turns, the last of which stops short where all others end."""
    if completion.finish == "length":
        return Rejection(RejectReason.TRUNCATED, "the model stopped at its token limit")
    *others, last = [turn.text for turn in parsed.turns]
    if len(parsed.turns) < plan.turns and last[-1:].isalnum() and all(text[-1:] in ENDINGS for text in others):
        return Rejection(RejectReason.TRUNCATED, f"the last turn breaks off: …{last[-60:]}")
    return None


def _meta_text(parsed: ParsedReply, plan: LabelPlan, recipe: PromptRecipe, completion: Completion) -> Rejection | None:
    tags = tuple(f"{left}{name}{right}" for name in recipe.scheme.names for left, right in ("[]", "()"))
    for n, turn in enumerate(parsed.turns):
        phrase = meta_phrase(turn.text)
        if phrase is None and ("[" in turn.text or "(" in turn.text):
            phrase = next((tag for tag in tags if tag in turn.text.casefold()), None)
        if phrase is not None:
            return Rejection(RejectReason.META_TEXT, f"turn {n + 1} says '{phrase[:60]}'")
    return None


def _turn_count(parsed: ParsedReply, plan: LabelPlan, recipe: PromptRecipe, completion: Completion) -> Rejection | None:
    count = len(parsed.turns)
    if count != plan.turns:
        return Rejection(RejectReason.TURN_COUNT, f"{count} turn{'' if count == 1 else 's'}, {plan.turns} planned")
    return None


def _speakers(parsed: ParsedReply, plan: LabelPlan, recipe: PromptRecipe, completion: Completion) -> Rejection | None:
    planned = {speaker.name.casefold(): speaker.name for speaker in plan.speakers}
    for n, turn in enumerate(parsed.turns):
        if turn.speaker.casefold() not in planned:
            return Rejection(RejectReason.SPEAKERS, f"turn {n + 1} is by '{turn.speaker}', who is not planned")
        if plan.turn_speakers and turn.speaker.casefold() != plan.turn_speakers[n].casefold():
            return Rejection(RejectReason.SPEAKERS, f"turn {n + 1} is by {turn.speaker}, not {plan.turn_speakers[n]}")
    silent = planned.keys() - {turn.speaker.casefold() for turn in parsed.turns}
    if silent:
        named = ", ".join(sorted(planned[name] for name in silent))
        return Rejection(RejectReason.SPEAKERS, f"{named} never speaks")
    return None


def _label_outside_scheme(
    parsed: ParsedReply, plan: LabelPlan, recipe: PromptRecipe, completion: Completion
) -> Rejection | None:
    for n, turn in enumerate(parsed.turns):
        if _label(turn, recipe.scheme) is None:
            seen = "no label" if turn.label is None else f"the label '{turn.label}'"
            return Rejection(RejectReason.LABEL_OUTSIDE_SCHEME, f"turn {n + 1} has {seen}")
    return None


def _label_plan(parsed: ParsedReply, plan: LabelPlan, recipe: PromptRecipe, completion: Completion) -> Rejection | None:
    labels = [_label(turn, recipe.scheme) or "" for turn in parsed.turns]
    if recipe.label_mode is LabelMode.BUDGET:
        counts, budget = Counter(labels), {k: v for k, v in plan.budget.items() if v}
        if counts != budget:
            off = (f"{k} {counts[k]} not {budget.get(k, 0)}" for k in recipe.scheme.names)
            differing = [
                text for text, k in zip(off, recipe.scheme.names, strict=True) if counts[k] != budget.get(k, 0)
            ]
            return Rejection(RejectReason.LABEL_PLAN, ", ".join(differing))
    return None


def _repeated_turn(
    parsed: ParsedReply, plan: LabelPlan, recipe: PromptRecipe, completion: Completion
) -> Rejection | None:
    seen: dict[str, int] = {}
    for n, turn in enumerate(parsed.turns):
        text = normalise(turn.text)
        if text in seen and text.count(" ") + 1 >= REPEATED_WORDS:
            return Rejection(RejectReason.REPEATED_TURN, f"turn {n + 1} says what turn {seen[text] + 1} said")
        seen.setdefault(text, n)
    return None


def _not_as_planned(n: int, turn: ParsedTurn, plan: LabelPlan, recipe: PromptRecipe) -> str | None:
    if recipe.label_mode is LabelMode.SEQUENCE and (seen := _label(turn, recipe.scheme)) != plan.sequence[n]:
        return f"turn {n + 1} is {seen}, planned {plan.sequence[n]}"
    return None


def _without_a_word(n: int, turn: ParsedTurn, plan: LabelPlan, recipe: PromptRecipe) -> str | None:
    return None if normalise(turn.text) else f"turn {n + 1} has no word"


def _names_its_label(n: int, turn: ParsedTurn, plan: LabelPlan, recipe: PromptRecipe) -> str | None:
    label = _label(turn, recipe.scheme) or ""
    word = own_label_word(turn.text, label, recipe.scheme.neutral) if recipe.checks.own_label_word else None
    return None if word is None else f"turn {n + 1} [{label}] says '{word}'"


def _with_too_many_words(n: int, turn: ParsedTurn, plan: LabelPlan, recipe: PromptRecipe) -> str | None:
    most, words = recipe.checks.max_words, len(turn.text.split())
    return f"turn {n + 1} has {words} words, at most {most}" if words > most else None


TurnCheck = Callable[[int, ParsedTurn, LabelPlan, PromptRecipe], str | None]
TURN_CHECKS: Mapping[RejectReason, TurnCheck] = {
    RejectReason.LABEL_PLAN: _not_as_planned,
    RejectReason.EMPTY_TURN: _without_a_word,
    RejectReason.OWN_LABEL_WORD: _names_its_label,
    RejectReason.TOO_LONG: _with_too_many_words,
}


def _in_each_turn(reason: RejectReason) -> Check:
    check = TURN_CHECKS[reason]

    def first(parsed: ParsedReply, plan: LabelPlan, recipe: PromptRecipe, completion: Completion) -> Rejection | None:
        for n, turn in enumerate(parsed.turns):
            if (detail := check(n, turn, plan, recipe)) is not None:
                return Rejection(reason, detail, (n,))
        return None

    return first


def _longer_than_planned(
    parsed: ParsedReply, plan: LabelPlan, recipe: PromptRecipe, completion: Completion
) -> Rejection | None:
    tolerance = recipe.style.tolerance
    if tolerance is None or not plan.words:
        return None
    planned = sum(plan.words) / len(plan.words)
    found = sum(word_count(turn.text) for turn in parsed.turns) / len(parsed.turns)
    if found > (1 + tolerance) * planned:
        most = (1 + tolerance) * planned
        return Rejection(RejectReason.TOO_LONG, f"{found:.1f} words a turn, {planned:.1f} planned, {most:.1f} at most")
    return None


WHOLE: Sequence[Check] = (_truncated, _meta_text, _turn_count, _speakers, _label_outside_scheme, _label_plan)
CHECKS: Sequence[Check] = (
    *WHOLE,
    _in_each_turn(RejectReason.LABEL_PLAN),
    _in_each_turn(RejectReason.EMPTY_TURN),
    _repeated_turn,
    _in_each_turn(RejectReason.OWN_LABEL_WORD),
    _in_each_turn(RejectReason.TOO_LONG),
    _longer_than_planned,
)


def faulty_turns(
    parsed: ParsedReply, plan: LabelPlan, recipe: PromptRecipe, completion: Completion
) -> dict[int, Rejection]:
    """Turns (from 0) that are at fault by themselves; none where the dialogue as a whole is."""
    if any(check(parsed, plan, recipe, completion) for check in (*WHOLE, _repeated_turn)):
        return {}
    found: dict[int, Rejection] = {}
    for n, turn in enumerate(parsed.turns):
        for reason, check in TURN_CHECKS.items():
            if (detail := check(n, turn, plan, recipe)) is not None:
                found.setdefault(n, Rejection(reason, detail, (n,)))
    return found
