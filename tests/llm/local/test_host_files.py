"""How processes find the host of a model."""

import os

import pytest

from erc_engine.errors import InputError, UnavailableError
from erc_engine.llm.local.host_files import Address, HostFiles, host_folder, host_key
from erc_engine.llm.local.spec import LocalSpec


@pytest.fixture
def files(tmp_path):
    return HostFiles(host_folder({"ERC_MODEL_HOSTS": str(tmp_path)}), "k")


def test_an_address_counts_only_while_its_host_is_alive(files):
    files.tell(Address(1, 2, "secret"))
    assert files.address() is None
    alive = files.stay_alive()
    assert alive is not None
    assert files.address() == Address(1, 2, "secret")
    alive.close()  # as when the process dies
    assert files.address() is None


def test_the_token_is_for_the_user_alone(files):
    files.tell(Address(1, 2, "secret"))
    assert (files.folder / "k.json").stat().st_mode & 0o777 == 0o600
    assert files.folder.stat().st_mode & 0o777 == 0o700


def test_why_a_host_did_not_start_is_told_by_kind(files):
    assert files.failure() is None
    files.tell_failure(InputError("no such format", hint="another one"))
    told = files.failure()
    assert isinstance(told, InputError)
    assert (told.message, told.hint) == ("no such format", "another one")
    files.forget()
    assert files.failure() is None


def test_a_folder_that_others_can_change_is_refused(tmp_path):
    folder = tmp_path / f"erc-models-{os.getuid()}"
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(UnavailableError, match="can be changed by others"):
        host_folder({"ERC_MODEL_HOSTS": str(tmp_path)})
    folder.rmdir()
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnavailableError):
        host_folder({"ERC_MODEL_HOSTS": str(tmp_path)})


def test_other_weights_device_or_format_are_another_host_and_another_window_is_not(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"1")
    plain = LocalSpec(str(tmp_path))
    first = host_key(plain)
    assert host_key(LocalSpec(str(tmp_path), window=3)) == first
    keys = {
        first,
        host_key(LocalSpec(str(tmp_path), device="cpu")),
        host_key(LocalSpec(str(tmp_path), dtype="float32")),
    }
    (tmp_path / "model.safetensors").write_bytes(b"12")
    assert len({*keys, host_key(plain)}) == 4
