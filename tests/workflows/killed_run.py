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

from erc_engine.store.runs import Runs
from sqlalchemy import event
from sqlalchemy.engine import Engine

from erc_engine.workflows.generation import generate
from erc_engine.workflows.workspace import open_workspace

WHERE = ("before planning", "before submission", "after submission", "after the reply", "inside acceptance")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killing(where: str, accepted: int) -> None:
    armed: dict[str, Any] = {"count": 0, "accepting": False}

    def wrap(name: str, before: str | None, after: str | None) -> None:
        original: Callable[..., Any] = getattr(Runs, name)

        def wrapped(self: Runs, *args: Any, **kwargs: Any) -> Any:
            if where == before and armed["count"] >= accepted:
                die()
            accepting = name == "finish_attempt" and kwargs.get("dialogue_into") is not None
            armed["accepting"] = accepting and where == "inside acceptance" and armed["count"] >= accepted
            result = original(self, *args, **kwargs)
            armed["accepting"] = False
            armed["count"] += accepting
            if where == after and armed["count"] >= accepted:
                die()
            return result

        setattr(Runs, name, wrapped)

    wrap("add_plan", "before planning", None)
    wrap("start_attempt", "before submission", "after submission")
    wrap("finish_attempt", "after the reply", None)
    event.listen(Engine, "commit", lambda connection: die() if armed["accepting"] else None)


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
