"""Which models can be used here, and runs with a local one."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from erc_engine.errors import ConflictError, InputError, RefusedError
from erc_engine.settings import Settings
from erc_engine.workflows import generation
from erc_engine.workflows.models import check_typed, local_model, models, size_said
from erc_engine.workflows.workspace import Workspace


@pytest.fixture
def own_model(sitcom: Workspace, small_model: Path, model_hosts, monkeypatch) -> Workspace:
    """The workspace with a small model among its own."""
    for name in ("ERC_MODEL_HOSTS", "ERC_MODEL_IDLE_SECONDS", "ERC_MODEL_THREADS"):
        monkeypatch.setenv(name, model_hosts[name])
    shutil.copytree(small_model, sitcom.home / "models" / "small")
    return replace(sitcom, settings=Settings.from_environment({"ERC_HOME": str(sitcom.home)}))


def run_on(workspace: Workspace, name: str, **more: object):
    given = {"model": "hf:small?device=cpu", "seed": 1, "max_attempts": 3, **more}
    return generation.generate(
        workspace, recipe="tiny-meld", like="sitcom", utterances=50, name=name, **given
    )  # fmt: skip


def replies(workspace: Workspace, name: str) -> list[str]:
    return [attempt.raw for attempt in workspace.store.runs.attempts(name)]


def test_the_models_at_hand_are_listed_with_what_they_run_on(own_model):
    rows = {row.spec: row for row in models(own_model, {})}
    assert rows["replay:"].usable
    assert "cpu float32, 8 at once" in rows["hf:small"].note


def test_a_model_that_cannot_be_used_says_why_and_a_server_without_its_key_too(own_model):
    (own_model.home / "models" / "small" / "model.safetensors").rename(own_model.home / "models" / "small" / "x.bin")
    config = '[endpoints.lab]\nurl = "http://127.0.0.1:1/v1"\nkey_env = "LAB_KEY"\n'
    (own_model.home / "config.toml").write_text(config)
    there = replace(own_model, settings=Settings.from_environment({"ERC_HOME": str(own_model.home)}))
    rows = {row.spec: row for row in models(there, {})}
    assert not rows["hf:small"].usable
    assert "only in x.bin" in rows["hf:small"].note
    assert (rows["openai:lab#MODEL"].usable, rows["openai:lab#MODEL"].note) == (False, "LAB_KEY is not set")


def test_an_endpoint_of_several_servers_is_one_model_with_all_addresses(own_model):
    config = '[endpoints.farm]\nurls = ["http://127.0.0.1:1/v1", "http://127.0.0.1:2/v1"]\n'
    (own_model.home / "config.toml").write_text(config)
    there = replace(own_model, settings=Settings.from_environment({"ERC_HOME": str(own_model.home)}))
    rows = {row.spec: row for row in models(there, {})}
    assert rows["openai:farm#MODEL"].note == "2 servers: http://127.0.0.1:1/v1, http://127.0.0.1:2/v1"


def test_a_local_model_is_looked_at_without_loading_it(own_model):
    row = local_model(own_model, "hf:small?window=3&dtype=bfloat16&device=cpu")
    assert row is not None
    assert (row.device, row.dtype, row.window, row.chat_template, row.context) == ("cpu", "bfloat16", 3, True, 512)
    assert not row.loaded


def test_a_hub_name_that_was_not_fetched_is_no_error(own_model, monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    assert local_model(own_model, "hf:nobody/nothing-at-all") is None


def test_names_of_the_configuration_are_folders_of_the_workspace_or_anything_else(own_model):
    (own_model.home / "config.toml").write_text('[models]\nfast = "models/small?window=16"\nfar = "hf:owner/name"\n')
    found = Settings.from_environment({"ERC_HOME": str(own_model.home)}).models
    folder = str((own_model.home / "models" / "small").resolve())
    assert found == {"small": folder, "fast": f"{folder}?window=16", "far": "owner/name"}
    (own_model.home / "config.toml").write_text("[models]\nfast = 3\n")
    with pytest.raises(InputError, match=r"config\.toml"):
        Settings.from_environment({"ERC_HOME": str(own_model.home)})


def test_the_app_loads_no_model_from_outside_its_folders(own_model, small_model):
    for spec in ("hf:small", f"hf:{own_model.home}/models/small", "hf:owner/name", "openai:lab#x", "replay:"):
        check_typed(own_model, spec)
    for spec in (f"hf:{small_model}", f"hf:{own_model.home}/models/../../elsewhere", "hf:/etc", "hf:~/x"):
        with pytest.raises(RefusedError, match="loads no model from elsewhere"):
            check_typed(own_model, spec)


def test_a_run_keeps_which_model_wrote_it_and_takes_the_window_that_suits_it(own_model):
    report = run_on(own_model, "noise")
    stored = own_model.store.runs.get("noise").settings
    assert report.books.submitted == report.books.rejected == 3
    assert stored.window == 8
    assert stored.model_details == report.model_details
    assert {"weights_sha256", "tokenizer_sha256", "chat_template_sha256", "engine", "device", "dtype"} <= {
        *stored.model_details
    }
    assert not {"pid", "under_way"} & {*stored.model_details}
    assert stored.model_details["dtype"] == "float32"
    assert json.loads(json.dumps(report.to_json()))["model_details"]["device"] == "cpu"
    attempt = next(iter(own_model.store.runs.attempts("noise")))
    assert attempt.completion_tokens > 0
    assert attempt.prompt_tokens > 0


def test_one_at_a_time_the_same_run_writes_the_same(own_model):
    first, second = (run_on(own_model, name, window=1) for name in ("first", "second"))
    assert first.books == second.books
    assert replies(own_model, "first") == replies(own_model, "second")
    assert len({*replies(own_model, "first")}) == 3
    run_on(own_model, "third", window=1, seed=2)
    assert replies(own_model, "third") != replies(own_model, "first")


def test_a_run_does_not_go_on_with_other_weights(own_model):
    run_on(own_model, "noise")
    folder = own_model.home / "models" / "small"
    weights = bytearray((folder / "model.safetensors").read_bytes())
    weights[-4:] = b"\x00\x00\x00\x00"
    (folder / "model.safetensors").write_bytes(weights)
    with pytest.raises(ConflictError, match="other weights"):
        generation.resume(own_model, "noise", max_attempts=5)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        (113_728, "114 thousand"),
        (2_164_416, "2.2 million"),
        (999_000_000, "999 million"),
        (8_030_261_248, "8.0 billion"),
    ],
)
def test_a_models_size_is_said_in_words(parameters, said):
    assert size_said(parameters) == said
