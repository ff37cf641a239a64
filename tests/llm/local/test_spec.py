"""What is written behind `hf:`."""

from pathlib import Path

import pytest

from erc_engine.errors import InputError
from erc_engine.llm.local.spec import LocalSpec, parse_spec


def test_options_stand_behind_a_question_mark():
    found = parse_spec("hf:owner/name?device=cuda:1&dtype=bfloat16&window=32&revision=v1", {})
    assert found == LocalSpec("owner/name", "cuda:1", "bfloat16", 32, "v1")
    assert parse_spec("hf:owner/name", {}) == LocalSpec("owner/name", window=8)


def test_a_name_of_the_configuration_brings_its_options_and_the_spec_goes_over_them():
    models = {"small": "owner/small?window=16&device=cpu"}
    assert parse_spec("hf:small?window=4", models) == LocalSpec("owner/small", device="cpu", window=4)


def test_what_is_there_or_written_like_a_path_is_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models" / "tiny").mkdir(parents=True)
    assert parse_spec("hf:models/tiny", {}).folder == tmp_path / "models" / "tiny"
    assert parse_spec("hf:./absent", {}).folder == tmp_path / "absent"
    assert parse_spec("hf:~/models/big", {}).folder == Path.home() / "models" / "big"
    assert parse_spec("hf:owner/name", {}).folder is None


@pytest.mark.parametrize(
    "spec",
    ["hf:", "hf:?window=2", "hf:a b", "hf:x?window=0", "hf:x?window=999", "hf:x?window=two", "hf:x?device=tpu",
     "hf:x?dtype=int8", "hf:x?seed=1", "hf:x?revision=", "hf:x?revision=a b"],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_a_hint(spec):
    with pytest.raises(InputError) as caught:
        parse_spec(spec, {})
    assert caught.value.hint
