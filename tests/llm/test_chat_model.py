"""Every chat model keeps the same promises; and `open_model` says what a spec means."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from erc_engine.domain.generation import ChatMessage, Completion, FailReason, Protocol
from erc_engine.errors import ErcError, InputError, ModelError, RefusedError
from erc_engine.llm.chat_model import ChatModel, open_model, watched
from erc_engine.llm.faults import FAIL_FAULTS
from erc_engine.settings import Endpoint
from tests.generation.builders import ObedientModel
from tests.llm.conftest import asked
from tests.llm.fake_server import event, piece, raw, stalls_after, status, streamed

SERVED = ("openai:lab#tiny-chat", "openai:ADDRESS#tiny-chat")
LOCAL = "hf:SMALL?device=cpu"
WRONG = ("hf:", "hf:no/such/folder", "hf:SMALL?colour=red", "hf:SMALL?device=abacus", "hf:a b")
SPECS = ("replay:", "replay:?faults=all:0.5&delay_ms=0", *SERVED, LOCAL)


@pytest.fixture
def opened(server, recordings, small_model, model_hosts):
    """Local models are opened to repeat what they wrote; how they write together is tested with them."""
    models: list[ChatModel] = []

    def open_spec(spec: str, **more: object) -> ChatModel:
        endpoints = {"lab": Endpoint("lab", server.url + "/", key_env="LAB_KEY", local=True)}
        given = {"endpoints": endpoints, "environment": {**model_hosts, "LAB_KEY": "sesame"}, **more}
        named = spec.replace("ADDRESS", server.url).replace("SMALL", str(small_model))
        models.append(open_model(named, recordings=recordings, repeatable=True, **given))
        return models[-1]

    yield open_spec
    for model in models:
        model.close()


def answer(model: ChatModel, **how: object) -> tuple[str, str]:
    """Text and finish, or the code and "failed"."""
    try:
        reply = model.complete(asked(**how))
    except ModelError as error:
        return error.code, "failed"
    assert isinstance(reply, Completion)
    assert reply.finish in ("stop", "length", "abort")
    assert reply.seconds >= 0
    return reply.text, reply.finish


@pytest.mark.parametrize("spec", SPECS)
def test_a_model_answers_as_its_capabilities_say(opened, spec):
    model = opened(spec)
    can = model.capabilities
    assert can.reads_prompt == can.is_language_model == spec.startswith(("openai", "hf"))
    assert can.window >= 1
    assert can.local
    assert can.deterministic == spec.startswith(("replay", "hf"))
    if can.deterministic:
        assert [answer(model, seed=n) for n in range(30)] == [answer(opened(spec), seed=n) for n in range(30)]


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("protocol", list(Protocol))
def test_a_stream_is_the_whole_text_in_pieces(opened, spec, protocol):
    model = opened(spec)
    for seed in range(20):
        try:
            text = "".join(model.stream(asked(seed=seed, protocol=protocol)))
        except ModelError as error:
            text = error.code
        assert text == answer(model, seed=seed, protocol=protocol)[0]


@pytest.mark.parametrize("spec", ["replay:", "openai:lab#tiny-chat", LOCAL])
def test_a_watched_reply_is_the_completion_and_its_pieces_came_one_by_one(opened, server, spec):
    server.will(streamed("1. Ana [joy]: ", "You came!\n", "2. Bo [neutral]: Barely."))
    model = opened(spec)
    pieces: list[str] = []
    reply = watched(model, asked(), pieces.append)
    whole = model.complete(asked())
    assert len(pieces) > 2 or (pieces and spec == LOCAL)  # a quick model may be done at the first look
    assert "".join(pieces) == reply.text == whole.text
    assert (reply.completion_tokens, reply.finish, reply.model) == (whole.completion_tokens, whole.finish, whole.model)
    assert reply.finish == ("length" if spec == LOCAL else "stop")


def test_a_model_that_does_not_stream_is_watched_in_one_piece():
    pieces: list[str] = []
    plain = "2|Ana,Bo||Ana=joy Bo=neutral"
    told = replace(asked(), messages=(asked().messages[0], ChatMessage("user", plain)))
    reply = watched(ObedientModel(), told, pieces.append)
    assert pieces == [reply.text]


def test_a_watcher_that_raises_breaks_the_request_off(opened, server):
    class Enough(Exception):
        pass

    def stop(_: str) -> None:
        raise Enough

    server.will(stalls_after(event(piece("1. Ana"))))
    with pytest.raises(Enough):
        watched(opened("openai:lab#tiny-chat"), asked(), stop)


def test_pieces_that_came_before_a_break_were_handed_on(opened, server):
    server.will(raw(event(piece("1. Ana [joy]: You"))))
    pieces: list[str] = []
    with pytest.raises(ModelError, match="broke off"):
        watched(opened("openai:lab#tiny-chat"), asked(), pieces.append)
    assert pieces == ["1. Ana [joy]: You"]


@pytest.mark.parametrize("spec", SPECS)
def test_many_threads_may_ask_at_once(opened, spec):
    model = opened(spec)
    alone = [answer(model, seed=n) for n in range(24)]
    together: dict[int, object] = {}
    threads = [threading.Thread(target=lambda n=n: together.update({n: answer(model, seed=n)})) for n in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert [together[n] for n in range(24)] == alone


@pytest.mark.parametrize("spec", ["replay:?faults=timeout:1", "openai:lab#tiny-chat"])
def test_no_reply_is_a_model_error_with_a_reason_of_the_ledger(opened, server, spec):
    server.will(status(400, "no"))
    with pytest.raises(ModelError) as caught:
        opened(spec).complete(asked())
    assert caught.value.code in {*FailReason}
    assert {*FAIL_FAULTS} < {*FailReason}
    assert isinstance(caught.value.retryable, bool)


def test_closing_twice_does_no_harm(opened):
    for spec in SPECS:
        with closing(opened(spec)) as model:
            model.close()


def test_a_named_endpoint_gets_its_key_and_a_typed_address_never(opened, server):
    opened("openai:lab#tiny-chat").complete(asked())
    opened("openai:ADDRESS#tiny-chat").complete(asked())
    assert [seen.headers.get("Authorization") for seen in server.seen] == ["Bearer sesame", None]
    assert [seen.path for seen in server.seen] == ["/v1/chat/completions"] * 2


@pytest.mark.parametrize("spec", ["", "replay", "hf", "gpt-4", "openai", ":"])
def test_an_unknown_spec_is_told_what_there_is(opened, spec):
    with pytest.raises(InputError) as caught:
        opened(spec)
    assert "replay:" in caught.value.hint
    assert "openai:NAME#model" in caught.value.hint
    assert "hf:FOLDER" in caught.value.hint


def test_another_machine_is_refused_until_the_person_says_yes(opened):
    spec = "openai:https://models.example.org/v1#big"
    with pytest.raises(RefusedError, match="is not this machine"):
        opened(spec)
    allowed = opened(spec, allow_address=True)
    assert not allowed.capabilities.local


def test_opening_sends_and_loads_nothing(opened, server, tmp_path):
    for spec in SPECS:
        opened(spec)
    opened(LOCAL, environment={"ERC_MODEL_HOSTS": str(tmp_path)})
    assert server.seen == []
    assert list(tmp_path.iterdir()) == []


def test_every_failure_to_open_has_a_hint(opened) -> None:
    def failures() -> Iterator[ErcError]:
        for spec in (
            "x:",
            "replay:?faults=nonsense:1",
            "openai:nowhere#m",
            "openai:lab",
            "openai:ftp://127.0.0.1#m",
            *WRONG,
        ):
            with pytest.raises(ErcError) as caught:
                opened(spec)
            yield caught.value

    assert all(error.hint for error in failures())
