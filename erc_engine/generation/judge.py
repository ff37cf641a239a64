"""A language model asked which emotion each turn of a dialogue expresses; it never sees the label that was planned.

    judge = Judge(model, scheme("meld"), votes=3)
    judge.about.id                       # "llm:openai:lab#judge:k3:dialogue:1f0c9a2b"
    judge.opinions(dialogue)[0]          # Opinion(votes={"joy": 2}, abstained=1)

It is asked several times, each time with the labels in another order, drawn from the seed, the text and the number of
the vote alone. What cannot be read as one label of the scheme is an abstention: counted, never guessed.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from string import Template

from erc_engine.domain.conversation import Dialogue
from erc_engine.domain.generation import ChatMessage, ChatRequest, Completion, Sampling
from erc_engine.domain.labels import LabelScheme
from erc_engine.domain.verification import Opinion, Verifier, VerifierKind, turn_hashes
from erc_engine.errors import InputError, ModelError, RefusedError
from erc_engine.generation.parsing import without_thoughts
from erc_engine.llm.chat_model import ChatModel

WHOLE, PAST = "dialogue", "past"
CONTEXTS = (WHOLE, PAST)
MOST_VOTES = 25
TRIES = 3  # of one request, beside the retries of the model itself

SYSTEM = (
    "You annotate the emotion of turns in conversations. Judge by the words and by the conversation that you are "
    "shown. Use the labels that are listed and no others."
)
USER = Template("Labels:\n$labels\n\nConversation:\n$turns\n\n$task")
EVERY_TURN = Template(
    "Which emotion does the speaker of each turn express? Answer with $n lines and nothing else, one for each turn: "
    "its number, a full stop, one label."
)
LAST_TURN = Template(
    "Which emotion does the speaker of turn $n express? Answer with one line and nothing else: its number, a full "
    "stop, one label."
)
PROMPT_HASH = hashlib.sha256(
    "\x00".join([SYSTEM, USER.template, EVERY_TURN.template, LAST_TURN.template]).encode()
).hexdigest()

_LINE = re.compile(r"^[\s*_#>\-(\[]*(?:turn\s*)?#?(\d{1,4})[\s*_]*[.):\]\-–—]*[\s*_]*(.*)$", re.I)
_TAG = re.compile(r"\[([^\]]+)\]")
_BREAK = re.compile(r"[:,;(–—]| - ")
_MARKS = " \t*_`\"'“”‘’.!()[]<>"


@dataclass(frozen=True)
class Judge:
    """`at_once` requests are under way together. RefusedError for a model that reads no prompt."""

    model: ChatModel
    scheme: LabelScheme
    votes: int = 3
    context: str = WHOLE
    seed: int = 0
    at_once: int = 1
    about: Verifier = field(init=False)

    def __post_init__(self) -> None:
        if not self.model.capabilities.reads_prompt:
            raise RefusedError(
                f"'{self.model.spec}' replays recordings and reads no prompt, so it cannot judge",
                hint="choose a live model, such as openai:NAME#model",
            )
        if not 1 <= self.votes <= MOST_VOTES:
            raise InputError(f"a judge cannot be asked {self.votes} times", hint=f"1 to {MOST_VOTES} votes")
        if self.context not in CONTEXTS:
            raise InputError(f"a judge cannot see '{self.context}'", hint=f"one of: {', '.join(CONTEXTS)}")
        id_ = f"llm:{self.model.spec}:k{self.votes}:{self.context}:{PROMPT_HASH[:8]}"
        about = Verifier(id_, VerifierKind.LLM, self.model.spec, self.votes, self.context, PROMPT_HASH)
        object.__setattr__(self, "about", about)

    def opinions(self, dialogue: Dialogue) -> tuple[Opinion, ...]:
        """One for each turn. ModelError when the judge does not answer: that is no abstention."""
        requests = list(self._requests(dialogue))
        if self.at_once > 1 and len(requests) > 1:
            with ThreadPoolExecutor(min(self.at_once, len(requests)), thread_name_prefix="judge") as pool:
                replies = list(pool.map(self._ask, [request for request, _ in requests]))
        else:
            replies = [self._ask(request) for request, _ in requests]
        votes: list[Counter[str]] = [Counter() for _ in dialogue.utterances]
        unread = [0] * len(dialogue)
        for (_, turns), reply in zip(requests, replies, strict=True):
            said = read_labels(reply.text, len(dialogue), self.scheme)
            for turn in turns:
                if (label := said[turn]) is None:
                    unread[turn] += 1
                else:
                    votes[turn][label] += 1
        return tuple(Opinion(dict(given), n) for given, n in zip(votes, unread, strict=True))

    def _requests(self, dialogue: Dialogue) -> Iterator[tuple[ChatRequest, range]]:
        """Each with the turns that are read from its reply."""
        text = turn_hashes(dialogue)
        cuts = [range(len(dialogue))] if self.context == WHOLE else [range(n, n + 1) for n in range(len(dialogue))]
        for vote in range(self.votes):
            for turns in cuts:
                key = f"judge/{self.seed}/{text[turns[-1]]}/{vote}"
                seed = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=4).digest(), "big") & 0x7FFFFFFF
                task = EVERY_TURN if self.context == WHOLE else LAST_TURN
                shown = dialogue.utterances[: turns[-1] + 1]
                messages = judge_prompt(
                    [(u.speaker, u.text) for u in shown], self.scheme, seed, task.substitute(n=len(shown))
                )
                sampling = Sampling(0.7 if self.votes > 1 else 0.0, 1.0, 64 + 24 * len(turns))
                yield ChatRequest(f"{dialogue.id}/judge/{vote}/{turns[0]}", messages, sampling, seed), turns

    def _ask(self, request: ChatRequest) -> Completion:
        for attempt in range(TRIES):
            try:
                return self.model.complete(request)
            except ModelError as error:
                if not error.retryable or attempt == TRIES - 1:
                    raise
        raise AssertionError("not reached")


def judge_prompt(
    turns: Sequence[tuple[str, str]], scheme: LabelScheme, seed: int, task: str
) -> tuple[ChatMessage, ...]:
    """System and user message, with the labels in an order that `seed` decides."""
    labels = list(scheme.labels)
    random.Random(seed).shuffle(labels)
    listed = "\n".join(f"- {x.name}: {x.definition}" if x.definition else f"- {x.name}" for x in labels)
    numbered = "\n".join(f"{n}. {who}: {' '.join(text.split())}" for n, (who, text) in enumerate(turns, start=1))
    user = USER.substitute(labels=listed, turns=numbered, task=task)
    return ChatMessage("system", SYSTEM), ChatMessage("user", user)


def read_labels(text: str, turns: int, scheme: LabelScheme) -> tuple[str | None, ...]:
    """The label on the numbered line of each turn; None where there is none, or where two lines differ.

    "1. joy", "**2)** Joyful", "Turn 3: anger - she shouts" and "4. Ana: fear" can be read; "5. joy or anger" cannot.
    """
    found: dict[int, set[str | None]] = {}
    body, _ = without_thoughts(text)
    for line in body.splitlines():
        match = _LINE.match(line)
        if match is not None:
            found.setdefault(int(match[1]), set()).add(_label(match[2], scheme))
    each = (found.get(n, {None}) for n in range(1, turns + 1))
    return tuple(next(iter(said)) if len(said) == 1 else None for said in each)


def _label(written: str, scheme: LabelScheme) -> str | None:
    tag = _TAG.search(written)
    pieces = [written, *([tag[1]] if tag else []), *_BREAK.split(written)[:2]]
    labels = {label for piece in pieces if (label := scheme.canonical(piece.strip(_MARKS))) is not None}
    return labels.pop() if len(labels) == 1 else None  # "Joy: neutral" may be a speaker's name or a label
