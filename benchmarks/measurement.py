"""One measured figure, and how a benchmark measures a command.

Measurement("erc_help_seconds", 0.21, 0.5)        lower is better
Measurement("tfidf_meld_dev_macro_f1", 0.429, 0.42, at_least=True)
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Measurement:
    name: str
    value: float
    goal: float
    at_least: bool = False
    slack: float = 2.0
    interval: tuple[float, float] | None = None

    @property
    def missed(self) -> bool:
        """Quality gates at its goal, one with an interval when that lies wholly below; a duration only at `slack` times
        its goal, since machines are shared and noisy."""
        if self.at_least:
            return (self.interval[1] if self.interval else self.value) < self.goal
        return self.value > self.slack * self.goal

    def __str__(self) -> str:
        between = f" [{self.interval[0]:.3g}, {self.interval[1]:.3g}]" if self.interval else ""
        return f"{self.name} {self.value:.4g} {self.goal:g}{between}"


def benchmark_data() -> Path | None:
    folder = Path(os.environ.get("ERC_BENCHMARKS") or ROOT / ".." / "shared" / "data")
    return folder.resolve() if folder.is_dir() else None


def erc_seconds(*arguments: str, home: Path) -> float:
    """Wall seconds of one `erc` command, its start included; its output is kept from the screen."""
    environment = {**os.environ, "ERC_HOME": str(home)}
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "erc_engine.cli.main", *arguments], env=environment, cwd=ROOT, capture_output=True
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"erc {' '.join(arguments)} failed: {done.stderr.decode()}{done.stdout.decode()}")
    return seconds
