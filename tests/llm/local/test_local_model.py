"""A model in its host process: shared, repeatable, gone and back again."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from erc_engine.domain.generation import ChatMessage, ChatRequest, Sampling
from erc_engine.errors import InputError, ModelError, UnavailableError
from erc_engine.llm.chat_model import watched
from erc_engine.llm.local.host_files import HostFiles, host_folder, host_key
from erc_engine.llm.local.local_model import LocalModel, open_local
from erc_engine.llm.local.spec import parse_spec

WAIT = 60.0


def asked(seed: int = 7, *, tokens: int = 40, text: str = "Two turns, please.") -> ChatRequest:
    messages = (ChatMessage("system", "You write dialogues."), ChatMessage("user", text))
    return ChatRequest("run/p00001/0", messages, Sampling(0.9, 0.95, tokens), seed)


@pytest.fixture
def opened(small_model: Path, model_hosts: dict[str, str]) -> Iterator[Callable[..., LocalModel]]:
    models: list[LocalModel] = []

    def open_one(options: str = "", **more: object) -> LocalModel:
        environment = {**model_hosts, **more.pop("environment", {})}  # type: ignore[dict-item]
        models.append(open_local(f"hf:{small_model}{options}", models={}, environment=environment, **more))
        return models[-1]

    yield open_one
    for model in models:
        model.close()


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def test_a_reply_says_what_it_cost_and_who_wrote_it(opened, small_model):
    reply = opened().complete(asked())
    assert reply.finish == "length"
    assert reply.completion_tokens == 40
    assert reply.prompt_tokens > 20
    assert reply.model.startswith(f"{small_model}@")
    assert reply.model.endswith(" cpu float32")
    assert reply.seconds > 0
    assert opened().about()["threads"] == "1"


def test_a_watched_reply_comes_in_pieces_and_tells_its_tokens(opened):
    pieces: list[str] = []
    reply = watched(opened(), asked(tokens=300), pieces.append)
    assert len(pieces) > 1
    assert "".join(pieces) == reply.text
    assert (reply.finish, reply.completion_tokens) == ("length", 300)


def test_the_same_request_alone_gives_the_same_text_while_others_are_written(opened):
    alone, shared = opened(repeatable=True), opened()
    expected = [alone.complete(asked(n)).text for n in range(4)]
    assert len(set(expected)) == 4
    busy = [threading.Thread(target=shared.complete, args=(asked(n, tokens=200),)) for n in range(6)]
    for thread in busy:
        thread.start()
    assert [alone.complete(asked(n)).text for n in range(4)] == expected
    for thread in busy:
        thread.join(WAIT)


def test_only_a_model_asked_to_repeat_says_that_it_does(opened):
    assert [opened(repeatable=r).capabilities.deterministic for r in (True, False)] == [True, False]
    assert opened("?window=5").capabilities.window == 5
    assert opened("?window=1").capabilities.deterministic


def test_a_prompt_that_leaves_no_room_is_refused_for_good(opened):
    with pytest.raises(ModelError, match=r"prompt has .* tokens, and the model takes 512") as caught:
        opened().complete(asked(text="bus " * 600))
    assert (caught.value.code, caught.value.retryable) == ("refused_request", False)


def test_a_reply_never_outgrows_the_context(opened):
    reply = opened().complete(asked(tokens=5000))
    assert reply.finish in ("length", "stop")
    assert reply.prompt_tokens + reply.completion_tokens <= 512


def test_two_processes_share_one_host(opened, small_model, model_hosts):
    code = (
        "import sys, json; from erc_engine.llm.local.local_model import open_local\n"
        "model = open_local(f'hf:{sys.argv[1]}', models={})\n"
        "from tests.llm.local.test_local_model import asked\n"
        "print(json.dumps([model.complete(asked()).text, model.about()]))"
    )
    environment = {**os.environ, **model_hosts}
    command = [sys.executable, "-c", code, str(small_model)]
    two = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    (first, about), (second, same) = (json.loads(process.communicate(timeout=120)[0]) for process in two)
    assert first == second
    assert about["loaded_at"] == same["loaded_at"] == opened().about()["loaded_at"]
    assert about["pid"] == same["pid"]


def test_a_killed_host_fails_what_it_was_writing_and_comes_back(opened, small_model):
    model = opened("?window=2")
    pid = int(model.about()["pid"])
    pieces = model.stream(asked(tokens=450))
    next(pieces)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(ModelError) as caught:
        list(pieces)
    assert (caught.value.code, caught.value.retryable) == ("connection", True)
    assert len(model.complete(asked()).text) > 10
    assert int(model.about()["pid"]) != pid


def test_a_host_that_nobody_asks_ends_by_itself(opened, small_model, tmp_path):
    environment = {"ERC_MODEL_HOSTS": str(tmp_path), "ERC_MODEL_IDLE_SECONDS": "0.5", "ERC_MODEL_THREADS": "1"}
    model = opened(environment=environment)
    pid = int(model.about()["pid"])
    files = HostFiles(host_folder(environment), host_key(parse_spec(f"hf:{small_model}", {})))
    until(lambda: files.address() is None)
    again = model.about()
    assert int(again["pid"]) != pid


def test_an_abandoned_reply_is_not_written_to_its_end(opened):
    model = opened()
    pieces = model.stream(asked(tokens=450))
    next(pieces)
    pieces.close()
    until(lambda: model.about()["under_way"] == "0")
    with closing(opened()) as leaving:
        ends: list[str] = []

        def ask() -> None:
            try:
                leaving.complete(asked(tokens=450))
            except ModelError as error:
                ends.append(error.code)

        thread = threading.Thread(target=ask)
        thread.start()
        until(lambda: model.about()["under_way"] == "1")
        leaving.close()
        thread.join(WAIT)
        assert ends == ["connection"]
    until(lambda: model.about()["under_way"] == "0")


def test_what_a_host_cannot_load_is_told_as_it_is(tmp_path, small_model, model_hosts):
    broken = tmp_path / "broken"
    broken.mkdir()
    for path in small_model.iterdir():
        (broken / path.name).write_bytes(path.read_bytes())
    config = json.loads((broken / "config.json").read_text())
    (broken / "config.json").write_text(json.dumps({**config, "model_type": "no-such-type", "architectures": ["X"]}))
    with pytest.raises(InputError, match="transformers cannot load"):
        open_local(f"hf:{broken}", models={}, environment=model_hosts).complete(asked())


def test_a_hub_name_that_cannot_be_fetched_offline_says_what_to_do(model_hosts):
    environment = {**model_hosts, "HF_HUB_OFFLINE": "1"}
    with pytest.raises(UnavailableError, match="the hub cannot be reached") as caught:
        open_local("hf:nobody/nothing", models={}, environment=environment).complete(asked())
    assert "--local-dir" in caught.value.hint


def test_a_wrong_token_opens_no_door(opened, small_model, model_hosts):
    import httpx

    opened().about()
    files = HostFiles(host_folder(model_hosts), host_key(parse_spec(f"hf:{small_model}", {})))
    address = files.address()
    assert address is not None
    told = files.folder / f"{files.key}.json"
    assert told.stat().st_mode & 0o777 == 0o600
    for headers in ({}, {"Authorization": "Bearer x"}):
        assert httpx.get(f"http://127.0.0.1:{address.port}/about", headers=headers).status_code == 401
