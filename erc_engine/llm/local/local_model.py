"""`hf:` a model of this machine, through transformers: a `ChatModel` that talks to the model's host process.

    with closing(open_local("hf:models/tiny", models={}, repeatable=True)) as model:
        model.complete(request).text
        model.about()["dtype"]

The model is loaded once on a machine, by the host (`host_process`), for all that use it: app, worker, command line.
Nothing is loaded before the first request. With `repeatable`, or `window=1` in the spec, the same request gives the
same text on the same machine, since each reply is written alone. Without it replies are written together: each has its
own seed still, but sums over batches of other sizes round in other ways.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager

import httpx

from erc_engine.domain.generation import ChatRequest, Completion, FailReason
from erc_engine.errors import ModelError, UnavailableError
from erc_engine.llm.chat_model import Capabilities
from erc_engine.llm.local.host_files import Address
from erc_engine.llm.local.host_process import reach, wait_for_end
from erc_engine.llm.local.model_folder import look_at
from erc_engine.llm.local.spec import LocalSpec, parse_spec
from erc_engine.llm.openai_server import OpenAIServer
from erc_engine.llm.retries import Retries
from erc_engine.llm.server_address import Server

WHOLE_SECONDS = 3600.0  # a slow processor may take long; half of it without a sign of life is the end
AT_ONCE = 1024  # what is asked at once: the host itself lets wait what it has no room for


def open_local(
    spec: str, *, models: Mapping[str, str], environment: Mapping[str, str] | None = None, repeatable: bool = False
) -> LocalModel:
    """Looks at the files and loads nothing. InputError for a folder that is no model."""
    parsed = parse_spec(spec, models)
    if parsed.folder is not None:
        look_at(parsed.folder)
    alone = repeatable or parsed.window == 1
    return LocalModel(spec, parsed, os.environ if environment is None else environment, repeatable=alone)


class LocalModel:
    def __init__(
        self,
        spec: str,
        parsed: LocalSpec,
        environment: Mapping[str, str],
        *,
        repeatable: bool = False,
    ) -> None:
        self.spec = spec
        self.capabilities = Capabilities(
            reads_prompt=True,
            is_language_model=True,
            deterministic=repeatable,
            seeds=True,
            streaming=True,
            local=True,
            window=parsed.window,
        )
        self._parsed, self._environment = parsed, environment
        self._door = "alone" if repeatable else "shared"
        self._finding = threading.Lock()
        self._hosts: dict[Address, OpenAIServer] = {}
        self._closed = False

    def complete(self, request: ChatRequest) -> Completion:
        with self._host() as host:
            return host.complete(request)

    def stream(self, request: ChatRequest) -> Generator[str, None, Completion]:
        with self._host() as host:
            return (yield from host.stream(request))

    def about(self) -> Mapping[str, str]:
        """Fingerprint of model, tokenizer and engine, and how the host does; loads the model when it is not loaded."""
        address = reach(self._parsed, self._environment)
        try:
            reply = httpx.get(
                f"http://127.0.0.1:{address.port}/about",
                headers={"Authorization": f"Bearer {address.token}"},
                trust_env=False,
                timeout=30,
            )
            return {key: str(value) for key, value in reply.raise_for_status().json().items()}
        except (httpx.HTTPError, ValueError) as error:
            raise UnavailableError(f"the host of '{self.spec}' does not answer: {error}", hint="try again") from None

    def close(self) -> None:
        """Ends what is under way here; the host goes on for others."""
        with self._finding:
            self._closed = True
            hosts, self._hosts = self._hosts, {}
        for host in hosts.values():
            host.close()

    @contextmanager
    def _host(self) -> Iterator[OpenAIServer]:
        """The host as it is now. After a lost connection it is seen to be dead before anybody asks again."""
        address = reach(self._parsed, self._environment)
        try:
            yield self._client(address)
        except ModelError as error:
            if error.code == FailReason.CONNECTION and not self._closed:
                wait_for_end(self._parsed, self._environment, address)
            raise

    def _client(self, address: Address) -> OpenAIServer:
        with self._finding:
            if self._closed:
                raise ModelError(f"'{self.spec}' was closed here", code=FailReason.CONNECTION)
            if address not in self._hosts:
                url = f"http://127.0.0.1:{address.port}/{self._door}/v1"
                server = Server(
                    *(url, self._parsed.name, True, True, WHOLE_SECONDS, address.token),
                    least_at_once=AT_ONCE,
                    most_at_once=AT_ONCE,
                    least_seconds=WHOLE_SECONDS,
                )
                self._hosts[address] = OpenAIServer(self.spec, [server], retries=Retries(sleep=lambda _: None, times=0))
            return self._hosts[address]
