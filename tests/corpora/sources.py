"""Small invented sources in the shapes of the benchmarks, written into a test's folder.

meld_row(0, 1, "You came!", "Ana", "joy")        # one row of MELD's CSV
write_meld(tmp_path, train=[…], dev=[…])          # train_sent_emo.csv, dev_sent_emo.csv
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from erc_engine.corpora.meld import COLUMNS


def meld_row(
    dialogue: int,
    utterance: int,
    text: str,
    speaker: str = "Ana",
    emotion: str = "neutral",
    *,
    episode: int = 2,
    start: str = "00:00:01,000",
    end: str = "00:00:02,000",
) -> dict[str, str]:
    values = ("1", text, speaker, emotion, "neutral", dialogue, utterance, 1, episode, start, end)
    return {column: str(value) for column, value in zip(COLUMNS, values, strict=True)}


def meld_csv(rows: list[dict[str, str]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def write_meld(folder: Path, **splits: list[dict[str, str]]) -> Path:
    for split, rows in splits.items():
        (folder / f"{split}_sent_emo.csv").write_text(meld_csv(rows), encoding="utf-8", newline="")
    return folder


def write_json(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def turn(text: str, speaker: str = "Ana Lima", label: str = "Neutral") -> dict[str, str]:
    return {"text": text, "speaker": speaker, "label": label}


def voted(text: str, emotion: str, annotation: str, speaker: str = "Ana") -> dict[str, str]:
    return {"speaker": speaker, "utterance": text, "emotion": emotion, "annotation": annotation}
