"""What the environment and config.toml say."""

from __future__ import annotations

from pathlib import Path

import pytest

from erc_engine.errors import InputError
from erc_engine.settings import Address, Endpoint, Price, Settings, assets_folder


def test_the_workspace_is_the_folder_workspace_by_default() -> None:
    settings = Settings.from_environment({})
    assert settings.home == Path("workspace")
    assert settings.database_url == f"sqlite:///{Path('workspace/erc.db').resolve()}"


def test_home_database_and_benchmarks_come_from_the_environment(tmp_path: Path) -> None:
    given = {"ERC_HOME": str(tmp_path), "ERC_DATABASE_URL": "postgresql://db/erc", "ERC_BENCHMARKS": str(tmp_path)}
    settings = Settings.from_environment(given)
    assert (settings.home, settings.database_url, settings.benchmarks) == (tmp_path, "postgresql://db/erc", tmp_path)


def test_benchmarks_that_are_not_there_are_none(tmp_path: Path) -> None:
    assert Settings.from_environment({"ERC_BENCHMARKS": str(tmp_path / "absent")}).benchmarks is None


def test_endpoints_are_named_in_the_configuration_and_hold_no_key(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[endpoints.lab]\nurl = "http://127.0.0.1:1/v1"\nkey_env = "LAB_KEY"\n')
    settings = Settings.from_environment({"ERC_HOME": str(tmp_path), "LAB_KEY": "secret"})
    assert settings.endpoints == {"lab": Endpoint("lab", "http://127.0.0.1:1/v1", "LAB_KEY")}
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    "text", ["[endpoints.lab", "[endpoints.lab]\ncolour = 1", "endpoints = 3", "[endpoints]\nlab = 3"]
)
def test_a_broken_configuration_says_how_an_endpoint_is_written(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(InputError, match=r"config\.toml") as error:
        Settings.from_environment({"ERC_HOME": str(tmp_path)})
    assert "[endpoints.NAME]" in error.value.hint


def test_the_assets_are_those_of_the_checkout() -> None:
    assert (assets_folder() / "recordings" / "meld-matched.jsonl").is_file()


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("url = 3", "url"),
        ('url = "http://a"\nkey_env = 3', "key_env"),
        ('url = "http://a"\nlocal = "false"', "local"),
        ('url = "http://a"\ntimeout_seconds = "9"', "timeout_seconds"),
        ('url = "http://a"\ntimeout_seconds = true', "timeout_seconds"),
        ('url = "http://a"\ntimeout_seconds = 0', "timeout_seconds"),
        ('url = "http://a"\ntimeout_seconds = inf', "timeout_seconds"),
        ('url = "http://a"\ntimeout_seconds = nan', "timeout_seconds"),
    ],
)
def test_a_value_of_the_wrong_type_is_named(tmp_path: Path, line: str, key: str) -> None:
    (tmp_path / "config.toml").write_text(f"[endpoints.lab]\n{line}\n")
    with pytest.raises(InputError, match=f"endpoint lab: {key} cannot be used"):
        Settings.from_environment({"ERC_HOME": str(tmp_path)})


FARM = """
[endpoints.farm]
urls = ["http://node1/v1", { url = "http://node2/v1", most_at_once = 128 }]
most_at_once = 64
least_at_once = 2

[endpoints.farm.prices."org/qwen3-4b"]
prompt = 0.15
completion = 0.6
"""


def test_an_endpoint_may_have_several_addresses_with_bounds_of_their_own_and_prices(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(FARM)
    farm = Settings.from_environment({"ERC_HOME": str(tmp_path)}).endpoints["farm"]
    assert farm.addresses == (Address("http://node1/v1", 2, 64), Address("http://node2/v1", 2, 128))
    assert farm.prices == {"org/qwen3-4b": Price(0.15, 0.6)}


@pytest.mark.parametrize(
    ("lines", "key"),
    [
        ("timeout_seconds = 3", "urls"),
        ('url = "http://a"\nurls = ["http://b"]', "urls"),
        ("urls = []", "urls"),
        ("urls = [3]", "config"),
        ('urls = "http://a"', "urls"),
        ('urls = [{ url = "http://a", most_at_once = 0 }]', "least_at_once, most_at_once"),
        ('url = "http://a"\nmost_at_once = "many"', "least_at_once, most_at_once"),
        ('url = "http://a"\nleast_at_once = 20', "least_at_once, most_at_once"),
        ('url = "http://a"\nprices = { m = { prompt = "free", completion = 0 } }', "prices"),
        ('url = "http://a"\nprices = { m = { prompt = -1, completion = 0 } }', "prices"),
        ("urls = [{ most_at_once = 3 }]", "config"),
        ('url = "http://a"\nprices = { m = { prompt = 1 } }', "config"),
    ],
)
def test_bounds_addresses_and_prices_that_cannot_be_are_refused(tmp_path: Path, lines: str, key: str) -> None:
    (tmp_path / "config.toml").write_text(f"[endpoints.lab]\n{lines}\n")
    with pytest.raises(InputError, match=key):
        Settings.from_environment({"ERC_HOME": str(tmp_path)})
