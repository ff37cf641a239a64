"""The header of a README.md that the Hugging Face hub and the `datasets` library read.

front_matter("Apache-2.0", 1899, "meld-balanced", [("default", "data/train-00000-of-00001.parquet")])
# "---\\nlicense: apache-2.0\\nlanguage:\\n- en\\n…\\nconfigs:\\n- config_name: default\\n…---\\n"
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def front_matter(
    licence: str, rows_total: int, title: str, configs: Sequence[tuple[str, str]], tags: Sequence[str] = ()
) -> str:
    """`configs` are (name, path of its train file)."""
    known = licence.lower() if licence == "Apache-2.0" else "other"
    data: dict[str, Any] = {"license": known}
    if known == "other":
        data |= {"license_name": licence.lower().replace(" ", "-")}
    data |= {
        "language": ["en"],
        "pretty_name": title,
        "size_categories": [next((said for most, said in SIZES if rows_total < most), "n>1M")],
        "task_categories": ["text-classification"],
        "tags": ["emotion-recognition-in-conversation", "emotion", "dialogue", "synthetic", *tags],
        "configs": [{"config_name": name, "data_files": [{"split": "train", "path": path}]} for name, path in configs],
    }
    return f"---\n{yaml.safe_dump(data, sort_keys=False, allow_unicode=True)}---\n"
