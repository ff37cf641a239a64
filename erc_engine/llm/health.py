"""Is a server there, what does it serve, and how soon does it answer: one GET of /models.

look_at(server)     # Health(url="http://127.0.0.1:8000/v1", models=("qwen3-4b",), seconds=0.004, trouble="")
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import httpx

from erc_engine.llm.deadlines import within
from erc_engine.llm.one_server import client
from erc_engine.llm.openai_reply import error_message, parsed, shown
from erc_engine.llm.retries import ServerFault
from erc_engine.llm.server_address import Server

SECONDS = 5.0
LONGEST = 2_000_000  # bytes of a list of models


@dataclass(frozen=True)
class Health:
    """`trouble` says what is wrong, and is empty for a server that answers as it should."""

    url: str
    models: tuple[str, ...] = ()
    seconds: float | None = None
    trouble: str = ""


def look_at(server: Server, *, seconds: float = SECONDS) -> Health:
    """Never raises what the server does; the key is in nothing that comes back."""
    started = time.perf_counter()
    try:
        with client(server) as asking, within(seconds), asking.stream("GET", f"{server.url}/models") as response:
            body = b""
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > LONGEST:
                    return Health(server.url, trouble=f"the list of models is longer than {LONGEST:,} bytes")
        took = time.perf_counter() - started
        if not response.is_success:
            words = error_message(parsed(body, server.key)) if body.startswith(b"{") else body.decode(errors="replace")
            return _troubled(server, f"HTTP {response.status_code}: {words}", took)
        return Health(server.url, _names(parsed(body, server.key), server.key), took)
    except httpx.TimeoutException:
        return _troubled(server, f"did not answer within {seconds:g} s")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return _troubled(server, str(error))
    except ServerFault as fault:
        return _troubled(server, fault.message)


def _troubled(server: Server, words: str, seconds: float | None = None) -> Health:
    return Health(server.url, seconds=seconds, trouble=shown(words, key=server.key))


def _names(said: object, key: str | None) -> tuple[str, ...]:
    found = said.get("data") if isinstance(said, dict) else None
    ids = [each.get("id") for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return tuple(shown(name, 200, key=key) for name in ids if isinstance(name, str))
