"""The shape of the code: what may import what, what loads late, and what never stands in it.

Layers between packages are held by import-linter (`make check`); here stands what it cannot say.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from erc_engine.corpora.text import words

ROOT = Path(__file__).parents[1]
ENGINE = sorted((ROOT / "erc_engine").rglob("*.py"))
HEAVY = {"torch", "transformers", "sentence_transformers", "sklearn", "umap", "scipy", "pandas", "datasketch"}
APP_ONLY = {"streamlit", "plotly"}
PURE = {"numpy", "pandas", "sqlalchemy", "sklearn", "torch", "scipy"}


def imports(tree: ast.AST, *, top_level_only: bool) -> Iterator[str]:
    nodes = tree.body if top_level_only and isinstance(tree, ast.Module) else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", ENGINE, ids=named)
def test_every_file_says_what_it_is(path: Path) -> None:
    if path.name == "__init__.py" and not path.read_text("utf-8").strip():
        return
    assert ast.get_docstring(parsed(path)), f"{named(path)} has no opening sentence"


def test_the_engine_never_imports_the_app() -> None:
    found = [named(p) for p in ENGINE if APP_ONLY & set(imports(parsed(p), top_level_only=False))]
    assert found == []


def test_heavy_packages_load_inside_functions() -> None:
    found = [named(p) for p in ENGINE if HEAVY & set(imports(parsed(p), top_level_only=True))]
    assert found == []


def test_the_domain_is_plain_python() -> None:
    domain = (ROOT / "erc_engine" / "domain").glob("*.py")
    found = [named(p) for p in domain if PURE & set(imports(parsed(p), top_level_only=False))]
    assert found == []


def test_nothing_is_unpickled_and_no_remote_code_is_trusted() -> None:
    forbidden = {"pickle", "joblib", "cloudpickle", "dill", "shelve", "marshal"}
    found = [named(p) for p in ENGINE if forbidden & set(imports(parsed(p), top_level_only=False))]
    trusting = [
        named(p)
        for p in ENGINE
        for node in ast.walk(parsed(p))
        if isinstance(node, ast.keyword)
        and node.arg == "trust_remote_code"
        and not (isinstance(node.value, ast.Constant) and node.value.value is False)
    ]
    assert found + trusting == []


def test_input_is_never_checked_with_assert() -> None:
    found = [named(p) for p in ENGINE if any(isinstance(n, ast.Assert) for n in ast.walk(parsed(p)))]
    assert found == []


def test_the_help_loads_no_database_and_no_numbers() -> None:
    slow = "{'sqlalchemy', 'numpy', 'httpx', 'alembic', 'jinja2'}"
    code = f"import sys, erc_engine.cli.main; print(*sorted({slow} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.benchmark_data
def test_no_file_of_the_project_holds_benchmark_text(benchmarks: Path) -> None:
    """Nine words in a row of MELD, EmoryNLP or EmotionLines stand in no tracked file.

    The recordings are 13,000 turns of everyday talk, in which nine words meet by chance; there it is twelve.
    """
    lines = [
        words(line)
        for path in sorted(benchmarks.rglob("*"))
        if path.suffix in (".csv", ".json")
        for line in path.read_text("utf-8", errors="replace").splitlines()
    ]
    known = {length: {run for line in lines for run in runs_of(line, length)} for length in (9, 12)}
    tracked = subprocess.run(["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=True).stdout.split()
    found = []
    for name in tracked:
        path = ROOT / name
        if not path.is_file() or path.suffix in (".png", ".ico"):
            continue
        length = 12 if name.startswith("assets/recordings/") else 9
        if any(run in known[length] for run in runs_of(words(path.read_text("utf-8")), length)):
            found.append(name)
    assert found == []


def runs_of(tokens: list[str], length: int) -> Iterator[tuple[str, ...]]:
    """Runs of words, but not of numbers, time stamps and column names."""
    for i in range(len(tokens) - length + 1):
        run = tuple(tokens[i : i + length])
        if "utterance" not in run and all(token.isalpha() for token in run):
            yield run
