"""Run every benchmark, or those named: `python -m benchmarks command_line tfidf_meld`."""

from __future__ import annotations

import importlib
import sys

NAMES = (
    "app",
    "closed_loop",
    "command_line",
    "generation_engine",
    "local_models",
    "long_run",
    "sliding_window",
    "tfidf_meld",
)


def main(names: list[str]) -> int:
    unknown = set(names) - set(NAMES)
    if unknown:
        print(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    missed = []
    for name in names or NAMES:
        for measurement in importlib.import_module(f"benchmarks.{name}").measure():
            print(measurement, flush=True)
            if measurement.missed:
                missed.append(measurement.name)
    if missed:
        print(f"missed by far: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
