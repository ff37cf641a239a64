"""Which device and number format are chosen; where a GPU is needed, torch is told that there is one."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from erc_engine.errors import InputError
from erc_engine.llm.local.machine import SMALL, choose, memory_bytes, threads
from erc_engine.llm.local.model_folder import ModelLook
from erc_engine.llm.local.spec import LocalSpec

LOOK = ModelLook(Path(), "LlamaForCausalLM", SMALL, "float32", 2048, True, ())
LARGE = replace(LOOK, parameters=SMALL + 1)
ANY = LocalSpec("x")


@pytest.fixture
def told(monkeypatch):
    def tell(*, cuda: int = 0, bf16_gpu: bool = True, bf16_cpu: bool = True) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: bf16_gpu)
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: bf16_cpu)
        monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)

    return tell


def test_a_gpu_is_taken_where_there_is_one_in_the_format_it_computes(told):
    told(cuda=1)
    assert vars(choose(LOOK, ANY)) == {"device": "cuda", "dtype": "bfloat16"}
    told(cuda=1, bf16_gpu=False)
    assert vars(choose(LOOK, ANY)) == {"device": "cuda", "dtype": "float16"}


def test_a_processor_computes_small_models_in_float32_and_large_ones_in_bfloat16_if_it_can(told):
    told()
    assert [choose(look, ANY).dtype for look in (LOOK, LARGE)] == ["float32", "bfloat16"]
    told(bf16_cpu=False)
    assert choose(LARGE, ANY).dtype == "float32"
    assert choose(replace(LARGE, parameters=10**13), ANY).dtype == "bfloat16"


def test_what_the_spec_says_is_done(told):
    told(cuda=1)
    assert vars(choose(LARGE, LocalSpec("x", device="cpu", dtype="float16"))) == {"device": "cpu", "dtype": "float16"}


@pytest.mark.parametrize("device", ["cuda:1", "mps"])
def test_a_device_that_is_not_here_is_refused(told, device):
    told(cuda=1)
    with pytest.raises(InputError, match=f"there is no {device}"):
        choose(LOOK, LocalSpec("x", device=device))


def test_a_small_model_keeps_to_one_thread_and_a_large_one_takes_all_cores_unless_told():
    assert threads(LOOK, {"OMP_NUM_THREADS": "7"}) == 1
    assert threads(LARGE, {"OMP_NUM_THREADS": "7"}) == len(os.sched_getaffinity(0))
    assert threads(LARGE, {"ERC_MODEL_THREADS": "3"}) == 3


def test_free_memory_is_a_number_of_bytes_here():
    free = memory_bytes()
    assert free is None or 10**6 < free < 10**14
