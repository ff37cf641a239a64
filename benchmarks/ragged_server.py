"""A chat server whose answers take ragged times: log-normal, drawn from the request's seed, so that runs compare.

    python -m benchmarks.ragged_server 0.05      # the median in seconds; prints its port

It is asyncio and says almost nothing, so that it costs little beside what is measured.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import sys

SIGMA = 1.0
REPLY = {
    "choices": [{"message": {"content": "1. Ana [joy]: You came!"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 30, "completion_tokens": 9},
}


def latency(seed: int, median: float) -> float:
    return random.Random(seed).lognormvariate(math.log(median), SIGMA)


async def serve(median: float) -> None:
    said = json.dumps(REPLY).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(said)}\r\n\r\n".encode()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                headers = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                size = int(headers.partition("content-length:")[2].split()[0])
                body = json.loads(await reader.readexactly(size))
                await asyncio.sleep(latency(body["seed"], median))
                writer.write(head + said)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
