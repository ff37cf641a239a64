"""The judge: what it is asked, and how its replies are read without guessing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from erc_engine.domain.generation import ChatRequest, Completion
from erc_engine.domain.labels import scheme
from erc_engine.domain.verification import Opinion, same_model, turn_hashes
from erc_engine.errors import InputError, ModelError, RefusedError
from erc_engine.generation.judge import PAST, PROMPT_HASH, Judge, read_labels
from erc_engine.llm.chat_model import Capabilities
from erc_engine.llm.replay import ReplayModel
from tests.builders import dialogue

MELD = scheme("meld")
THREE = dialogue("Ana: You came! [joy]", "Joy: Barely. [neutral]", "Ana: Sit. [anger]")


class Says:
    """A model that answers each request as told, and keeps what it was asked."""

    spec = "test:#judge"

    def __init__(self, answer: Callable[[ChatRequest], str | ModelError]) -> None:
        self.capabilities = Capabilities(True, True, True, True, False, True, 1)
        self.requests: list[ChatRequest] = []
        self._answer = answer

    def complete(self, request: ChatRequest) -> Completion:
        self.requests.append(request)
        answer = self._answer(request)
        if isinstance(answer, ModelError):
            raise answer
        return Completion(answer)

    def stream(self, request: ChatRequest) -> Iterator[str]:
        yield self.complete(request).text

    def close(self) -> None:
        """Nothing is held."""


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("1. joy", "joy"),
        ("1) Joyful.", "joy"),
        ("**1.** *joy*", "joy"),
        ("Turn 1: joy - she laughs", "joy"),
        ("1. Ana: joy", "joy"),
        ("1. Ana [joy]: You came!", "joy"),
        ("1 - joy (clearly)", "joy"),
        ("1. joy or anger", None),
        ("1. joy, anger", None),
        ("1. not joy", None),
        ("1. Joy: neutral", None),  # the name of a speaker, or two labels: it cannot be told
        ("1. happy-ish", None),
        ("joy", None),
        ("2. joy", None),
        ("1. joy\n1. anger", None),
        ("", None),
    ],
)
def test_a_reply_is_read_where_it_is_plain_and_else_is_an_abstention(line: str, label: str | None) -> None:
    assert read_labels(line, 1, MELD) == (label,)


def test_what_a_model_thinks_before_it_answers_is_no_answer() -> None:
    assert read_labels("<think>1. anger</think>\n1. joy", 1, MELD) == ("joy",)


def test_the_judge_sees_words_and_speakers_but_no_intended_label() -> None:
    model = Says(lambda request: "1. joy\n2. neutral\n3. anger")
    Judge(model, MELD, votes=1).opinions(THREE)
    asked = model.requests[0].messages[1].content
    conversation = asked.split("Conversation:\n")[1].split("\n\n")[0]
    assert conversation == "1. Ana: You came!\n2. Joy: Barely.\n3. Ana: Sit."


def test_votes_are_counted_and_so_is_what_cannot_be_read() -> None:
    replies = iter(["1. joy\n2. neutral\n3. anger", "1. joy\n2. sadness", "1. surprise\n2. neutral\n3. who knows"])
    opinions = Judge(Says(lambda request: next(replies)), MELD, votes=3).opinions(THREE)
    assert opinions == (
        Opinion({"joy": 2, "surprise": 1}),
        Opinion({"neutral": 2, "sadness": 1}),
        Opinion({"anger": 1}, abstained=2),
    )
    assert [opinions[0].support("joy"), opinions[2].support("anger"), opinions[1].support("joy")] == [2 / 3, 1.0, 0.0]


def test_a_judge_that_never_answers_readably_supports_nothing() -> None:
    opinion = Judge(Says(lambda request: "I would rather not."), MELD, votes=2).opinions(THREE)[0]
    assert (opinion.support("joy"), opinion.top, opinion.abstained) == (None, None, 2)


def test_each_vote_shuffles_the_labels_and_the_same_text_gets_the_same_orders() -> None:
    def orders() -> list[list[str]]:
        model = Says(lambda request: "")
        Judge(model, MELD, votes=4).opinions(THREE)
        listed = [r.messages[1].content.split("\n\n")[0].splitlines()[1:] for r in model.requests]
        return [[line[2:].split(":")[0] for line in lines] for lines in listed]

    first = orders()
    assert first == orders()
    assert len({tuple(order) for order in first}) > 1
    assert all(sorted(order) == sorted(MELD.names) for order in first)


def test_with_past_context_alone_each_turn_is_asked_about_without_what_follows() -> None:
    model = Says(lambda request: "1. joy\n2. joy\n3. joy")
    opinions = Judge(model, MELD, votes=2, context=PAST).opinions(THREE)
    assert [o.votes for o in opinions] == [{"joy": 2}] * 3
    assert len(model.requests) == 6
    assert "Barely" not in model.requests[0].messages[1].content
    assert "Sit." in model.requests[2].messages[1].content


def test_votes_asked_for_at_once_are_those_asked_for_one_by_one() -> None:
    def answer(request: ChatRequest) -> str:
        return f"1. {MELD.names[request.seed % 7]}\n2. joy\n3. anger"

    one, many = (Judge(Says(answer), MELD, votes=5, at_once=n).opinions(THREE) for n in (1, 5))
    assert one == many


def test_a_judge_that_does_not_answer_is_no_abstention() -> None:
    down = ModelError("down", hint="", code="connection", retryable=True)
    model = Says(lambda request: down)
    with pytest.raises(ModelError):
        Judge(model, MELD, votes=1).opinions(THREE)
    assert len(model.requests) == 3


def test_recordings_cannot_judge_and_votes_have_bounds(assets: Path) -> None:
    with pytest.raises(RefusedError, match="reads no prompt"):
        Judge(ReplayModel("replay:", assets / "recordings"), MELD)
    with pytest.raises(InputError, match="0 times"):
        Judge(Says(lambda request: ""), MELD, votes=0)
    with pytest.raises(InputError, match="future"):
        Judge(Says(lambda request: ""), MELD, context="future")


def test_the_id_of_a_judge_says_model_votes_context_and_prompt() -> None:
    about = Judge(Says(lambda request: ""), MELD, votes=3).about
    assert about.id == f"llm:test:#judge:k3:dialogue:{PROMPT_HASH[:8]}"
    assert about.prompt_hash == PROMPT_HASH


def test_a_turn_is_the_same_text_only_in_the_same_dialogue() -> None:
    other = dialogue("Ana: You came! [anger]", "Joy: Barely. [neutral]", "Ana: Sit! [anger]", id="d2")
    assert len({*turn_hashes(THREE), *turn_hashes(other)}) == 6
    assert turn_hashes(THREE) == turn_hashes(THREE.with_labels([None] * 3))


def test_one_model_at_two_addresses_is_the_same_model() -> None:
    assert same_model("openai:a#tiny", "openai:http://127.0.0.1:8000/v1#tiny")
    assert not same_model("openai:a#tiny", "openai:a#large")
    assert not same_model("replay:", "replay:?faults=all:0.1")
