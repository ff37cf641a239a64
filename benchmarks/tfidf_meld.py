"""tfidf on MELD: CPU seconds of training and predicting, and what it reaches on dev beside the majority floor.

Test is predicted for the time that this takes; its labels are not read. Also the seconds of one paired comparison
as large as MELD's test split.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from benchmarks.measurement import Measurement, benchmark_data
from erc_engine.classifiers.base import build
from erc_engine.corpora.loading import load
from erc_engine.domain.conversation import Split
from erc_engine.domain.experiment import TrainingData, TrainingSettings
from erc_engine.evaluation.significance import compare_pair

SEED = 1


def measure() -> Iterator[Measurement]:
    data = benchmark_data()
    if data is None:
        print("# no benchmarks folder (ERC_BENCHMARKS): tfidf on MELD is not measured")
        return
    corpus = load("meld", data / "MELD", "meld").corpus
    seen = TrainingData(corpus.scheme, corpus.split(Split.TRAIN), corpus.split(Split.DEV))
    floor = build(TrainingSettings("majority", SEED)).fit(seen).dev
    start = time.process_time()
    model = build(TrainingSettings("tfidf", SEED))
    dev = model.fit(seen).dev
    fitted = time.process_time()
    model.predict_proba(corpus.split(Split.TEST))
    end = time.process_time()
    assert floor is not None
    assert dev is not None
    yield Measurement("tfidf_meld_cpu_seconds", end - start, 30)
    yield Measurement("tfidf_meld_predict_cpu_seconds", end - fitted, 1)
    yield Measurement("majority_meld_dev_weighted_f1", floor.weighted_f1, 0.0, at_least=True)
    yield Measurement("tfidf_meld_dev_weighted_f1", dev.weighted_f1, 0.56, at_least=True)
    yield Measurement("tfidf_meld_dev_macro_f1", dev.macro_f1, 0.42, at_least=True)
    yield Measurement("compare_10000x2610_seconds", _comparison_seconds(corpus.scheme.names, seen), 1)


def _comparison_seconds(names: tuple[str, ...], seen: TrainingData) -> float:
    """10,000 resamples and 10,000 swaps of 2,610 drawn labels in 280 dialogues."""
    random = np.random.default_rng(SEED)
    gold, a, b = (random.choice(names, size=2_610).tolist() for _ in range(3))
    where = [f"d{turn * 280 // 2_610}" for turn in range(2_610)]
    start = time.perf_counter()
    compare_pair("a", "b", gold, a, b, where, seen.scheme, resamples=10_000)
    return time.perf_counter() - start
