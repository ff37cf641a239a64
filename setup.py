"""What is installed beside the interpreter's own data: the app, recipes and recordings, with every folder they have.

    ui/charts/flow.py                 share/erc-studio/ui/charts/flow.py
    assets/recipes/meld-balanced.yaml share/erc-studio/recipes/meld-balanced.yaml

The rest of the package is described in pyproject.toml, which has no way to say "and all folders below".
"""

from __future__ import annotations

from pathlib import Path

from setuptools import setup

SHARE = Path("share/erc-studio")
INSTALLED_AT = {"pages": SHARE / "pages", "ui": SHARE / "ui", ".streamlit": SHARE / ".streamlit", "assets": SHARE}


def data_files() -> list[tuple[str, list[str]]]:
    """Each folder as it will be installed, with its files."""
    found = {str(SHARE): ["app.py"]}
    for source, target in INSTALLED_AT.items():
        for path in sorted(Path(source).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                found.setdefault(str(target / path.parent.relative_to(source)), []).append(str(path))
    return list(found.items())


setup(data_files=data_files())
