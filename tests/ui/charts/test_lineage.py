"""Lineage: every dialogue of a version flows from its source, and what was left out is seen."""

from __future__ import annotations

from erc_engine.domain.experiment import DatasetVersion, Source
from erc_engine.domain.labels import scheme
from ui.charts.lineage import lineage


def source(corpus: str, role: str, dialogues: int, **excluded: int) -> Source:
    return Source(corpus, role, role, "h", dialogues, 10 * dialogues, "imported", "CC0", True, True, excluded)


def test_sources_flow_into_roles_and_what_was_left_out_beside_them() -> None:
    version = DatasetVersion(
        "v", "h", scheme("meld"), "gold", (source("a", "train", 8, contaminated=2), source("a", "test", 3))
    )
    flow = lineage(version).data[0]
    assert flow.node.label == ("a:train  10", "a:test  3", "train  8", "test  3", "left out  2")
    assert list(zip(flow.link.source, flow.link.target, flow.link.value, strict=True)) == [
        (0, 2, 8),
        (0, 4, 2),
        (1, 3, 3),
    ]
