"""Files that appear whole or not at all.

write_atomically({Path("out/train.jsonl"): b"…", Path("out/dev.jsonl"): b"…"})
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex

from erc_engine.errors import UnavailableError


def write_atomically(files: Mapping[Path, bytes]) -> None:
    """Write every file beside its place first, and move them there only when all are whole."""
    beside = {path: path.with_name(f".{token_hex(8)}.part") for path in files}
    try:
        for path, data in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            beside[path].write_bytes(data)
        in_the_way = next((path for path in files if path.is_dir()), None)
        if in_the_way is not None:
            raise IsADirectoryError(0, "a folder stands in its place", str(in_the_way))
        for path in files:
            beside[path].replace(path)
    except (OSError, ValueError) as error:
        raise UnavailableError(
            f"{getattr(error, 'filename', None) or next(iter(files))} cannot be written: {error}",
            hint="check the path, its permissions and the room left on the disk",
        ) from None
    finally:
        for part in beside.values():
            try:
                part.unlink(missing_ok=True)
            except (OSError, ValueError):
                continue
