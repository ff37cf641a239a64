"""Dockerfile, compose.yaml and .dockerignore, held to what can be read from them without an engine."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from erc_engine.settings import Settings

ROOT = Path(__file__).parents[1]
SECRET = re.compile(r"(password|secret|token|api_?key)\w*\s*[=:]\s*[\"']?(?!\$\{)\w", re.IGNORECASE)


@pytest.fixture
def steps() -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, arguments), continued lines joined and comments left out."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text("utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


@pytest.fixture
def shipped(steps: list[tuple[str, str]]) -> dict[str, str]:
    """The last stage, which is what runs: the last argument of each instruction."""
    last = max(n for n, (instruction, _) in enumerate(steps) if instruction == "FROM")
    return dict(steps[last:])


@pytest.fixture
def services() -> Any:
    return yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]


def test_both_stages_stand_on_the_slim_image_of_the_oldest_python_we_support(steps: list[tuple[str, str]]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=")
    bases = [arguments.split()[0] for instruction, arguments in steps if instruction == "FROM"]
    assert bases == [f"python:{oldest}-slim"] * 2


def test_the_app_does_not_run_as_root(shipped: dict[str, str]) -> None:
    assert shipped["USER"] == "1000", "a number, so that an orchestrator can tell it is not root"
    assert "useradd" in shipped["RUN"]
    assert "--uid 1000" in shipped["RUN"]


def test_the_workspace_is_a_volume_of_that_user(shipped: dict[str, str]) -> None:
    assert shipped["VOLUME"] == "/workspace"
    assert "ERC_HOME=/workspace" in shipped["ENV"]
    assert "chown erc /workspace" in shipped["RUN"]


def test_health_is_asked_on_the_port_that_is_exposed(shipped: dict[str, str]) -> None:
    assert f"127.0.0.1:{shipped['EXPOSE']}/_stcore/health" in shipped["HEALTHCHECK"]
    assert shipped["CMD"].startswith('["erc", "app", ')


def test_requirements_come_from_the_one_list_before_the_source(steps: list[tuple[str, str]]) -> None:
    """Before the source, so that a changed line of code does not install torch again."""
    build = [f"{instruction} {arguments}" for instruction, arguments in steps]
    listed = next(n for n, step in enumerate(build) if "pip install -r requirements.txt" in step)
    assert next(n for n, step in enumerate(build) if step == "COPY requirements.txt .") < listed
    assert next(n for n, step in enumerate(build) if step == "COPY . .") > listed
    assert "RUN pip install --no-deps ." in build
    named = [step for step in build if "pip install" in step and "torch" in step]
    assert all("grep '^torch==' requirements.txt" in step for step in named), "the version stands in requirements.txt"


@pytest.mark.parametrize("name", ["Dockerfile", "compose.yaml"])
def test_no_secret_is_written_down(name: str) -> None:
    assert SECRET.findall("POSTGRES_PASSWORD: hunter2") == ["PASSWORD"]
    assert [line for line in (ROOT / name).read_text("utf-8").splitlines() if SECRET.search(line)] == []


def test_compose_publishes_on_this_machine_alone(services: Any) -> None:
    assert services["app"]["ports"] == ["127.0.0.1:8501:8501"]
    assert "ports" not in services["db"]


def test_compose_does_not_start_without_a_password(services: Any) -> None:
    asked = "${ERC_DB_PASSWORD:?choose a password for the database}"
    assert services["db"]["environment"]["POSTGRES_PASSWORD"] == asked
    assert services["app"]["environment"]["PGPASSWORD"] == asked


def test_app_and_database_agree_on_user_and_name(services: Any) -> None:
    environment = services["app"]["environment"]
    database = services["db"]["environment"]
    settings = Settings.from_environment(environment)
    assert settings.database_url == f"postgresql://{database['POSTGRES_USER']}@db/{database['POSTGRES_DB']}"
    assert services["app"]["depends_on"]["db"] == {"condition": "service_healthy"}
    assert "pg_isready" in services["db"]["healthcheck"]["test"][1]


def test_data_outlives_the_containers(services: Any) -> None:
    volumes = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["volumes"]
    assert services["app"]["volumes"] == ["workspace:/workspace"]
    assert services["db"]["volumes"] == ["database:/var/lib/postgresql/data"]
    assert set(volumes) == {"workspace", "database"}


def test_the_build_is_not_given_history_environments_secrets_or_data() -> None:
    ignored = set((ROOT / ".dockerignore").read_text("utf-8").split())
    assert {".git", ".venv", ".env", "workspace", "tests", "build", "*.egg-info"} <= ignored


def test_the_build_is_given_all_that_the_package_is_made_of() -> None:
    ignored = set((ROOT / ".dockerignore").read_text("utf-8").split())
    needed = {"erc_engine", "ui", "pages", "assets", ".streamlit", "app.py", "setup.py", "pyproject.toml"}
    needed |= {"requirements.txt", "README.md", "LICENSE"}
    assert needed & ignored == set()
    assert all((ROOT / name).exists() for name in needed)
