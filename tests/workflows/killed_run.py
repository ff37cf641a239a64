"""A generation that kills its own process at a set point; run by test_kill.py, never imported.

    python killed_run.py WHERE ACCEPTED WINDOW      kill at WHERE once so many dialogues are accepted

The engine has no hook for this: the store's methods are wrapped from outside.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from erc_engine.store.runs import Runs
from erc_engine.workflows.generation import generate
from erc_engine.workflows.workspace import open_workspace

WHERE = ("before submission", "inside submission", "after submission", "after the reply", "inside acceptance")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killing(where: str, accepted: int) -> None:
    """`inside` is after the rows of a transaction were written and before its commit."""
    seen: dict[str, Any] = {"accepted": 0, "inside": ""}

    def reached(point: str) -> None:
        if point == where and seen["accepted"] >= accepted:
            die()

    def wrap(name: str, before: str, after: str, inside: str) -> None:
        original: Callable[..., Any] = getattr(Runs, name)

        def wrapped(self: Runs, *args: Any, **kwargs: Any) -> Any:
            reached(before)
            accepting = kwargs.get("dialogue_into") is not None
            seen["inside"] = inside if accepting or name == "start_attempt" else ""
            result = original(self, *args, **kwargs)
            seen["inside"] = ""
            seen["accepted"] += accepting
            reached(after)
            return result

        setattr(Runs, name, wrapped)

    wrap("start_attempt", "before submission", "after submission", "inside submission")
    wrap("finish_attempt", "after the reply", "", "inside acceptance")
    event.listen(Engine, "commit", lambda connection: reached(seen["inside"]))


def main() -> None:
    where, accepted, window = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    killing(where, accepted)
    with open_workspace() as workspace:
        generate(
            workspace,
            recipe="meld-balanced",
            like="sitcom",
            utterances=300,
            model="replay:?faults=all:0.3",
            seed=7,
            name="made",
            window=window,
        )


if __name__ == "__main__":
    main()
