"""What a model runs on here: device and number format, chosen or as asked for.

    choose(look, spec)     # RunsOn(device="cpu", dtype="bfloat16")

A GPU where there is one, in bfloat16 (float16 on older ones). A processor computes small models in float32; large ones
in bfloat16 where it has instructions for it, or where float32 would not fit the memory. The choice depends on model and
machine alone, never on how busy it is, so that a run can be repeated.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from erc_engine.errors import InputError
from erc_engine.llm.local.model_folder import ModelLook
from erc_engine.llm.local.spec import LocalSpec

SMALL = 50_000_000  # parameters up to which float32 costs nothing on a processor
SIZES = {"float32": 4, "bfloat16": 2, "float16": 2}


@dataclass(frozen=True)
class RunsOn:
    device: str
    dtype: str


def choose(look: ModelLook, spec: LocalSpec) -> RunsOn:
    """InputError when the spec asks for a device that is not here."""
    import torch

    device = spec.device or _best_device()
    kind, _, number = device.partition(":")
    if kind == "cuda" and (not torch.cuda.is_available() or int(number or 0) >= torch.cuda.device_count()):
        raise InputError(f"there is no {device} here", hint="leave device out, or write device=cpu")
    if kind == "mps" and not torch.backends.mps.is_available():
        raise InputError("there is no mps device here", hint="leave device out, or write device=cpu")
    return RunsOn(device, spec.dtype or _best_dtype(kind, look))


def memory_bytes() -> int | None:
    """Memory that can still be had, None where the system does not say."""
    try:
        rows = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return None
    free = next((int(row.split()[1]) * 1024 for row in rows if row.startswith("MemAvailable:")), None)
    limit = Path("/sys/fs/cgroup/memory.max")
    try:
        capped = int(limit.read_text("ascii")) - int((limit.parent / "memory.current").read_text("ascii"))
    except (OSError, ValueError):
        return free
    return capped if free is None else min(free, capped)


def processor() -> str:
    try:
        rows = Path("/proc/cpuinfo").read_text("utf-8", errors="replace").splitlines()
    except OSError:
        rows = []
    name = next((row.partition(":")[2].strip() for row in rows if row.startswith("model name")), "processor")
    return f"{name}, {os.cpu_count()} cores"


def device_name(device: str) -> str:
    """The card's or processor's own name, for the record."""
    import torch

    return torch.cuda.get_device_name(device) if device.startswith("cuda") else processor()


def threads(look: ModelLook, environment: Mapping[str, str]) -> int:
    """ERC_MODEL_THREADS, or all cores for a large model: a small one would wait more than it gains."""
    given = environment.get("ERC_MODEL_THREADS", "")
    if given.isdecimal():
        return max(1, int(given))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return 1 if look.parameters <= SMALL else cores


def _best_device() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _best_dtype(kind: str, look: ModelLook) -> str:
    import torch

    if kind == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"
    if kind == "mps":
        return "float16"
    if look.parameters <= SMALL:
        return "float32"
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return "bfloat16" if native or look.parameters * SIZES["float32"] > total // 2 else "float32"
