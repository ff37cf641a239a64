"""Two chat servers in one process that follow the prompt of `meld-balanced`, and often fail; run, never imported.

    python faulty_server.py SEED      prints its two ports

An eighth of the requests is turned down (429 with Retry-After, 500, 503), broken off, garbled, or hangs; a tenth of the
replies has a wrong label or stops at its token limit, a tenth has a turn without words, and a tenth does not tell its
tokens. Asked for single turns again, they write those, one in five without words once more.
"""

from __future__ import annotations

import json
import random
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FAULTS = {"429": 0.04, "500": 0.03, "503": 0.02, "garbled": 0.02, "cut": 0.02, "hangs": 0.005}
HANG_SECONDS = 30.0
SYLLABLES = re.findall("..", "bacedifoguhakilemonuperasitovuwaxeyizo")

draw = random.Random(int(sys.argv[1]))
lock = threading.Lock()


def written(prompt: str) -> str:
    """A dialogue of invented words to the plan in the prompt."""
    names = [part.partition("(")[0].strip() for part in found(r"Speakers: (.*)\. Everybody", prompt).split(",")]
    names = [name for name in names if re.fullmatch(r"[A-Z][a-zé]+", name)]
    labels = [
        name
        for name, count in re.findall(r"([a-z]+) (\d+)", found(r"makes sense: (.*)\.\n", prompt))
        for _ in range(int(count))
    ]
    with lock:
        if draw.random() < 0.05:
            labels[0] = next(label for label in ("joy", "anger") if label != labels[0])
        said = [invented() for _ in labels]
        if draw.random() < 0.1:
            said[-1] = ""
    lines = zip(labels, said, strict=True)
    return "\n".join(f"{n + 1}. {names[n % len(names)]} [{label}]: {text}." for n, (label, text) in enumerate(lines))


def invented() -> str:
    return " ".join("".join(draw.choices(SYLLABLES, k=3)) for _ in range(7))


def written_again(prompt: str) -> str:
    """The turns that a repair asks for."""
    heads = re.findall(r"^(\d+\. \S+ \[\w+\]): …", prompt, re.M)
    with lock:
        return "\n".join(f"{head}: {invented() if draw.random() < 0.8 else ''}" for head in heads)


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.S)
    assert match, text
    return match[1]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with lock:
            fault = draw.choices([*FAULTS, ""], [*FAULTS.values(), 1 - sum(FAULTS.values())])[0]
            short, untold, pause = draw.random() < 0.05, draw.random() < 0.1, draw.expovariate(50)
        time.sleep(pause)
        asked = body["messages"]
        text = (written if len(asked) == 2 else written_again)(asked[-1]["content"])
        events: list[object] = [{"choices": [{"delta": {"content": text}}]}]
        events.append({"choices": [{"delta": {}, "finish_reason": "length" if short else "stop"}]})
        if not untold:
            events.append({"choices": [], "usage": {"prompt_tokens": 300, "completion_tokens": 100}})
        said = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
        if fault.isdigit():
            return self.send(int(fault), b'{"error": {"message": "not now"}}', {"Retry-After": "0.1"})
        if fault == "hangs":
            time.sleep(HANG_SECONDS)
        if fault == "garbled":
            return self.send(200, b"data: {not json\n\n", {})
        if fault == "cut":
            self.close_connection = True
            return self.send(200, said[: len(said) // 3].encode(), {"Connection": "close"}, promised=len(said))
        return self.send(200, said.encode(), {})

    def send(self, code: int, said: bytes, headers: dict[str, str], promised: int | None = None) -> None:
        self.send_response(code)
        kind = "text/event-stream" if code == 200 else "application/json"
        length = str(len(said) if promised is None else promised)
        for name, value in {"Content-Type": kind, "Content-Length": length, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever asked was killed."""


def main() -> None:
    servers = [Server(("127.0.0.1", 0), Handler) for _ in range(2)]
    for server in servers[1:]:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(*(server.server_address[1] for server in servers), flush=True)
    servers[0].serve_forever()


if __name__ == "__main__":
    main()
