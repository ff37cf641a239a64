"""What the files of a model say, and folders that are no model."""

import hashlib
import json
import shutil

import pytest

from erc_engine.errors import InputError, NotFoundError
from erc_engine.llm.local.model_folder import look_at
from tests.llm.small_model import make_small_model


@pytest.fixture
def copied(small_model, tmp_path):
    return shutil.copytree(small_model, tmp_path / "copied")


def test_a_folder_is_read_without_loading_it(small_model):
    look = look_at(small_model)
    assert (look.architecture, look.dtype, look.context, look.has_chat_template) == (
        "LlamaForCausalLM",
        "float32",
        512,
        True,
    )
    vocabulary = json.loads((small_model / "config.json").read_text())["vocab_size"]
    # embeddings (tied); two layers of q and o 32x32, k and v 16x32, three 64x32 and two norms; the last norm
    assert look.parameters == vocabulary * 32 + 2 * (2 * 1024 + 2 * 512 + 3 * 2048 + 64) + 32


def test_the_identity_is_of_content_and_not_of_place(small_model, copied):
    assert look_at(copied).identity() == look_at(small_model).identity()
    weights = hashlib.sha256((small_model / "model.safetensors").read_bytes()).digest()
    assert look_at(copied).identity()["weights_sha256"] == hashlib.sha256(weights).hexdigest()
    (copied / "chat_template.jinja").write_text("{{ messages[0].content }}")
    changed = {k for k, v in look_at(copied).identity().items() if v != look_at(small_model).identity()[k]}
    assert changed == {"chat_template_sha256"}


def test_weights_that_python_would_unpickle_are_refused_with_a_way_out(copied):
    (copied / "model.safetensors").rename(copied / "pytorch_model.bin")
    with pytest.raises(InputError, match=r"only in pytorch_model\.bin, which can hold any program") as caught:
        look_at(copied)
    assert "save_pretrained" in caught.value.hint


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda f: (f / "config.json").unlink(), "has no config.json"),
        (lambda f: (f / "config.json").write_text("[]"), "holds no JSON object"),
        (lambda f: (f / "config.json").write_text("{"), "cannot be read"),
        (lambda f: (f / "tokenizer.json").unlink(), "has no tokenizer"),
        (lambda f: (f / "model.safetensors").unlink(), "no weights in safetensors"),
        (lambda f: (f / "model.safetensors").write_bytes(b"\xff" * 64), "is no safetensors file"),
        (
            lambda f: (f / "model.safetensors.index.json").write_text('{"weight_map": {"a": "gone.safetensors"}}'),
            "lacks gone",
        ),
        (lambda f: shutil.rmtree(f), "there is no folder"),
    ],
)
def test_a_folder_that_lacks_something_says_what(copied, spoil, words):
    spoil(copied)
    with pytest.raises((InputError, NotFoundError), match=words) as caught:
        look_at(copied)
    assert caught.value.hint


def test_a_model_without_a_chat_template_is_told_apart(tmp_path):
    assert not look_at(make_small_model(tmp_path / "plain", template=None)).has_chat_template
