"""What each fault makes of a recorded dialogue: a reply that is wrong in one way only.

    break_reply("label_plan", recording, Protocol.LINES, Draw(seed=7, failures=0), near=..., plant=())
    # Reply("1. Ana [joy]: You came!\\n2. Bo [anger]: Barely.", finish="stop", injected="label_plan")

A fault changes as little as shows its reason; the checks that come before that reason still pass. Which turn,
label or text it takes is drawn from the request alone. `near_duplicate` is special: whether a dialogue
copies an *accepted* one depends on the run, so all these faults of a set tell the text of its first recording
(`near_text`). The first of them may be accepted, all later ones are near duplicates of it.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from erc_engine.domain.generation import ParsedTurn, Protocol
from erc_engine.llm.protocol import write, write_line, write_lines
from erc_engine.llm.recordings import Recording

Turns = tuple[ParsedTurn, ...]

REFUSALS = (
    "I'm sorry, but I can't help with writing this conversation.",
    "I cannot write this dialogue. Please ask me for something else.",
    "Sorry, I can't assist with that request.",
)
PROSE = (
    "They talk for a while about what happened, first quietly and then all at once, and nobody leaves.",
    "It is a short scene in which two people find out what the other one has known since the morning",
)
META = "As an AI language model, I have written this turn in the way that the request asked for."
FAREWELL = "Well, that is about all there is to say on the matter for today."
STRANGERS = ("Ignatius", "Wilhelmina", "Bartholomew")
OUTSIDE = ("nostalgic", "bewildered", "smug")
RAMBLE = (
    "And before you answer, let me go through the whole of it from the start, since nobody else will.",
    "On Monday the van came at seven, and the man who drove it had a list with every name on it except ours.",
    "On Tuesday we rang the office, where a recording told us twice that the number had changed in spring.",
    "By Wednesday the boxes stood in the hall, eleven of them, each with a different address on the lid.",
    "My cousin counted them again on Thursday while the kettle boiled, and she came to twelve and then to ten.",
    "So on Friday I walked over there myself, along the canal and past the old brewery, with the papers in a bag.",
    "The woman at the desk read every page of them, stamped two, kept one, and sent me up to the third floor.",
    "Up there a clock was ticking, a plant stood by the window, and behind the glass a form lay ready for me.",
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_CUT = "\ue000"  # stands where a reply breaks off; private use, in no text


@dataclass(frozen=True)
class Reply:
    text: str
    finish: str = "stop"
    injected: str | None = None


@dataclass(frozen=True)
class Context:
    """What a fault may use: the recording, the drawn numbers, the text to be near to, the texts to plant."""

    recording: Recording
    draw: random.Random
    near: str
    plant: Sequence[str]


def break_reply(
    kind: str,
    recording: Recording,
    protocol: Protocol,
    draw: random.Random,
    *,
    near: str,
    plant: Sequence[str],
) -> Reply:
    context = Context(recording, draw, near, plant)
    if kind in _TEXTS:
        text, finish = _TEXTS[kind](context, protocol)
        return Reply(text, finish, kind)
    return Reply(write(_TURNS[kind](recording.turns, context), protocol), injected=kind)


def word_count(text: str) -> int:
    return len(_WORD.findall(text))


def near_text(recordings: Sequence[Recording], *, words_per_turn: int = 45) -> str:
    """The text of a set's first recording, without words that are labels, short enough for the shortest dialogue."""
    first = recordings[0]
    shortest = min(len(recording.turns) for recording in recordings)
    words = [word for turn in first.turns for word in turn.text.split() if not _names_any(word, first.scheme.names)]
    return " ".join(words[: shortest * words_per_turn])


def _names_any(text: str, labels: Sequence[str]) -> bool:
    return any(label.casefold() in text.casefold() for label in labels)


def _with(turns: Turns, at: int, **changes: str) -> Turns:
    return (*turns[:at], replace(turns[at], **changes), *turns[at + 1 :])


# --- faults of the whole reply -----------------------------------------------------------------------------


def _empty(context: Context, protocol: Protocol) -> tuple[str, str]:
    return context.draw.choice(("", " \n\n")), "stop"


def _refusal(context: Context, protocol: Protocol) -> tuple[str, str]:
    return context.draw.choice(REFUSALS), "stop"


def _prose(context: Context, protocol: Protocol) -> tuple[str, str]:
    return context.draw.choice(PROSE), "stop"


def _truncated(context: Context, protocol: Protocol) -> tuple[str, str]:
    """Broken off inside a word, somewhere in the last two thirds of the dialogue."""
    turns = context.recording.turns
    late = range(len(turns) // 3, len(turns))
    at = context.draw.choice([i for i in late if len(turns[i].text) > 20] or list(late))
    text = turns[at].text
    inside = [i for i in range(1, len(text)) if text[i - 1].isalpha() and text[i].isalpha()] or [len(text) // 2]
    place = context.draw.choice(inside)
    whole = write(_with(turns, at, text=text[:place] + _CUT + text[place:]), protocol)
    return whole[: whole.index(_CUT)], "length"


def _markdown(context: Context, protocol: Protocol) -> tuple[str, str]:
    turns = context.recording.turns
    if protocol is Protocol.JSON:
        return f"```json\n{write(turns, protocol)}\n```", "stop"
    bold_speaker = context.draw.random() < 0.5
    lines = []
    for number, turn in enumerate(turns, start=1):
        if bold_speaker:
            lines.append(write_line(number, replace(turn, speaker=f"**{turn.speaker}**")))
        else:
            lines.append(f"**{write_line(number, replace(turn, text=''))}** {' '.join(turn.text.split())}")
    return "\n".join(lines), "stop"


def _preamble(context: Context, protocol: Protocol) -> tuple[str, str]:
    return f"Sure! Here is the conversation you asked for:\n\n{write(context.recording.turns, protocol)}", "stop"


def _quotes(context: Context, protocol: Protocol) -> tuple[str, str]:
    """Lines put typographic quotation marks around every text; JSON has none around its keys."""
    if protocol is Protocol.JSON:
        return re.sub(
            r'(?<=[{ ])"(turns|speaker|emotion|text)":', r"\1:", write(context.recording.turns, protocol)
        ), "stop"
    quoted = tuple(replace(turn, text=f"“{turn.text}”") for turn in context.recording.turns)
    return write(quoted, protocol), "stop"


def _numbers(context: Context, protocol: Protocol) -> tuple[str, str]:
    """Lines lose their numbers; in JSON each turn has one that nobody asked for."""
    turns = context.recording.turns
    if protocol is Protocol.JSON:
        rows = [
            {"turn": number, "speaker": turn.speaker, "emotion": turn.label, "text": turn.text}
            for number, turn in enumerate(turns, start=1)
        ]
        return json.dumps({"turns": rows}, ensure_ascii=False), "stop"
    return "\n".join(line.partition(". ")[2] for line in write_lines(turns).splitlines()), "stop"


# --- faults of one turn ------------------------------------------------------------------------------------


def _meta(turns: Turns, context: Context) -> Turns:
    return _with(turns, context.draw.randrange(1, len(turns)), text=META)


def _turn_count(turns: Turns, context: Context) -> Turns:
    """One turn too many at the end, or one too few in the middle."""
    if len(turns) < 4 or context.draw.random() < 0.5:
        speaker = next(
            (turn.speaker for turn in reversed(turns) if turn.speaker != turns[-1].speaker), turns[0].speaker
        )
        return (*turns, replace(turns[-1], speaker=speaker, text=FAREWELL))
    at = context.draw.randrange(1, len(turns) - 1)
    return (*turns[:at], *turns[at + 1 :])


def _stranger(turns: Turns, context: Context) -> Turns:
    planned = {speaker.name for speaker in context.recording.item.speakers}
    strangers = [name for name in STRANGERS if name not in planned]
    return _with(turns, context.draw.randrange(len(turns)), speaker=context.draw.choice(strangers))


def _outside(turns: Turns, context: Context) -> Turns:
    labels = [label for label in OUTSIDE if context.recording.scheme.canonical(label) is None]
    return _with(turns, context.draw.randrange(len(turns)), label=context.draw.choice(labels))


def _other_label(turns: Turns, context: Context) -> Turns:
    at = context.draw.randrange(len(turns))
    others = [name for name in context.recording.scheme.names if name != turns[at].label]
    quiet = [name for name in others if not _names_any(turns[at].text, [name])]
    return _with(turns, at, label=context.draw.choice(quiet or others))


def _blank(turns: Turns, context: Context) -> Turns:
    return _with(turns, context.draw.randrange(len(turns) - 1), text="")


def _repeated(turns: Turns, context: Context) -> Turns:
    """A later turn says again what an earlier one of some length said."""
    earlier = range(len(turns) - 1)
    source = context.draw.choice(
        [i for i in earlier if word_count(turns[i].text) >= 6] or [max(earlier, key=lambda i: len(turns[i].text))]
    )
    return _with(turns, context.draw.randrange(source + 1, len(turns)), text=turns[source].text)


def _own_label(turns: Turns, context: Context) -> Turns:
    neutral = context.recording.scheme.neutral
    felt = [i for i, turn in enumerate(turns) if turn.label != neutral] or list(range(len(turns)))
    at = context.draw.choice(felt)
    return _with(turns, at, text=f"{turns[at].text} Call it {turns[at].label}, then.")


def _too_long(turns: Turns, context: Context) -> Turns:
    at = context.draw.randrange(len(turns))
    return _with(turns, at, text=" ".join((turns[at].text, *RAMBLE)))


def _near(turns: Turns, context: Context) -> Turns:
    """The same words for every request, spread evenly over the turns, speakers and labels that it asked for."""
    words = context.near.split()
    edges = [round(i * len(words) / len(turns)) for i in range(len(turns) + 1)]
    return tuple(
        replace(turn, text=" ".join(words[start:end]) or turn.text)
        for turn, start, end in zip(turns, edges, edges[1:], strict=False)
    )


def _copied(change: Callable[[str, random.Random], str]) -> Callable[[Turns, Context], Turns]:
    """A planted text in place of one turn's text, one that does not name the turn's label."""

    def copy(turns: Turns, context: Context) -> Turns:
        at = context.draw.randrange(len(turns))
        fitting = [text for text in context.plant if not _names_any(text, [turns[at].label or ""])]
        return _with(turns, at, text=change(context.draw.choice(fitting or list(context.plant)), context.draw))

    return copy


def _verbatim(text: str, draw: random.Random) -> str:
    return text


def _recased(text: str, draw: random.Random) -> str:
    return text.upper() if text != text.upper() else text.lower()


def _one_word(text: str, draw: random.Random) -> str:
    word = draw.choice(list(_WORD.finditer(text)))
    other = "really" if word[0].casefold() != "really" else "maybe"
    return text[: word.start()] + other + text[word.end() :]


_TEXTS: dict[str, Callable[[Context, Protocol], tuple[str, str]]] = {
    "empty_reply": _empty,
    "unparsed": _prose,
    "truncated": _truncated,
    "refusal": _refusal,
    "noise_markdown": _markdown,
    "noise_preamble": _preamble,
    "noise_quotes": _quotes,
    "noise_numbers": _numbers,
}
_TURNS: dict[str, Callable[[Turns, Context], Turns]] = {
    "meta_text": _meta,
    "turn_count": _turn_count,
    "speakers": _stranger,
    "label_outside_scheme": _outside,
    "label_plan": _other_label,
    "empty_turn": _blank,
    "repeated_turn": _repeated,
    "own_label_word": _own_label,
    "too_long": _too_long,
    "near_duplicate": _near,
    "contaminated": _copied(_verbatim),
    "copy_verbatim": _copied(_verbatim),
    "copy_recased": _copied(_recased),
    "copy_one_word": _copied(_one_word),
}
