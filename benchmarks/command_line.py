"""Seconds of the commands that people wait for: help, import, audit, a replayed run of 1,500 utterances."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.measurement import Measurement, benchmark_data, erc_seconds


def measure() -> Iterator[Measurement]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "workspace"
        erc_seconds("--help", home=home)
        yield Measurement("erc_help_seconds", median(erc_seconds("--help", home=home) for _ in range(7)), 0.5)
        data = benchmark_data()
        if data is None:
            print("# no benchmarks folder (ERC_BENCHMARKS): import, audit and generation are not measured")
            return
        yield Measurement(
            "import_meld_seconds", erc_seconds("import", "meld", str(data / "MELD"), "--name", "meld", home=home), 5
        )
        erc_seconds("import", "emorynlp", str(data / "EmoryNLP_full_DialogXL"), "--name", "emorynlp", home=home)
        yield Measurement("audit_meld_emorynlp_seconds", erc_seconds("audit", "meld", "emorynlp", home=home), 15)
        seconds = erc_seconds(
            *("generate", "--recipe", "meld-balanced", "--like", "meld", "--utterances", "1500"),
            *("--model", "replay:", "--seed", "1", "--name", "extra", "--window", "16"),
            home=home,
        )
        yield Measurement("generate_1500_replayed_seconds", seconds, 10)
