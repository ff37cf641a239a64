"""A recipe's YAML text, read strictly: bounded, without aliases, every key known and of its type.

    document = read_document("recipe: mine\\nlabel_mode: budget\\n…", source="mine.yaml")
    document.text("recipe")                     # "mine"
    document.number("temperature", 0.0, 2.0, 0.9)   # InputError naming the key when it is not a number in range
    document.finish()                           # InputError for a key that nobody asked for

What the keys mean stands in `recipes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import yaml

from erc_engine.errors import InputError

MAX_DOCUMENT = 200_000  # characters
MAX_TEXT = 400  # characters of one value in a list (a name, a setting); templates have their own limit
MAX_DIGITS = 30  # characters of one number
MAX_VALUES = 2_000  # values in one list


class _StrictLoader(yaml.SafeLoader):
    """Plain YAML: no aliases (they can blow up), no key twice."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise yaml.constructor.ConstructorError(None, None, "aliases (*name) are not allowed", event.start_mark)
        return super().compose_node(parent, index)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        if node.tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float") and len(str(node.value)) > MAX_DIGITS:
            raise yaml.constructor.ConstructorError(None, None, "a number is too long", node.start_mark)
        return super().construct_object(node, deep=deep)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key '{key.value}' stands twice", key.start_mark)
            seen.add(key.value if isinstance(key.value, str) else None)
        return super().construct_mapping(node, deep=deep)


@dataclass
class Document:
    """One mapping of the document. `path` is where it stands; what was asked for is remembered for `finish`."""

    values: Mapping[str, Any]
    source: str
    path: str = ""
    asked: set[str] = field(default_factory=set)

    def wrong(self, key: str, what: str, hint: str = "") -> InputError:
        return InputError(f"{self.source}: {self.path}{key}: {what}", hint=hint)

    def has(self, key: str) -> bool:
        return self.values.get(key) is not None

    def value(self, key: str) -> Any:
        self.asked.add(key)
        return self.values.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        value = self.value(key)
        if value is None:
            if default is None:
                raise self.wrong(key, "is missing", "a text is needed here")
            return default
        return self._as_text(key, value)

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        value = self.text(key, default)
        if value not in choices:
            raise self.wrong(key, f"'{value}' is not known", f"one of: {', '.join(choices)}")
        return value

    def number(self, key: str, least: float, most: float, default: float) -> float:
        value = self.value(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise self.wrong(key, f"{_shown(value)} is not a number from {least:g} to {most:g}")
        return float(value)

    def count(self, key: str, least: int, most: int, default: int) -> int:
        value = self.value(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.wrong(key, f"{_shown(value)} is not a whole number from {least} to {most}")
        return value

    def truth(self, key: str, default: bool) -> bool:
        value = self.value(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.wrong(key, f"{_shown(value)} is neither true nor false")
        return value

    def texts(self, key: str, *, least: int = 0) -> tuple[str, ...]:
        """A list of different, non-empty texts."""
        value = self.value(key)
        if value is None:
            value = []
        if not isinstance(value, list):
            raise self.wrong(key, f"{_shown(value)} is not a list", f"write {key}: [first, second]")
        if not least <= len(value) <= MAX_VALUES:
            raise self.wrong(key, f"has {len(value)} values", f"from {least} to {MAX_VALUES}")
        found = tuple(self._as_text(f"{key}[{number}]", item, MAX_TEXT) for number, item in enumerate(value))
        if len(set(found)) != len(found):
            raise self.wrong(key, "has a value twice", "each value once")
        return found

    def within(self, key: str) -> Document:
        """The mapping under a key, empty when it is not there."""
        value = self.value(key)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise self.wrong(key, f"{_shown(value)} is not a mapping", f"write {key}: {{name: value}}")
        for name in value:
            if not isinstance(name, str):
                raise self.wrong(key, f"key {_shown(name)} is not a text", "put it in quotes")
        return Document(value, self.source, f"{self.path}{key}.")

    def finish(self) -> None:
        """InputError for a key that nothing here reads: a misspelt key must not pass in silence."""
        for key in self.values:
            if key not in self.asked:
                close = get_close_matches(key, self.asked, n=1)
                hint = f"did you mean '{close[0]}'?" if close else f"known: {', '.join(sorted(self.asked))}"
                raise self.wrong(key, "is not a key of a recipe", hint)

    def _as_text(self, key: str, value: Any, most: int = MAX_DOCUMENT) -> str:
        if not isinstance(value, str):
            raise self.wrong(key, f"{_shown(value)} is not a text", "put it in quotes")
        if not value.strip():
            raise self.wrong(key, "is empty", "a text is needed here")
        if len(value) > most:
            raise self.wrong(key, f"has {len(value)} characters", f"{most} at most")
        return value


def read_document(text: str, source: str) -> Document:
    """The top mapping of a recipe; InputError with the line for anything that is not plain YAML."""
    if len(text) > MAX_DOCUMENT:
        raise InputError(f"{source} has {len(text)} characters", hint=f"a recipe has {MAX_DOCUMENT} at most")
    try:
        loaded = yaml.load(text, _StrictLoader)  # noqa: S506 - a subclass of SafeLoader
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputError(f"{source}{line}: {error.problem}", hint="a recipe is a plain YAML document") from None
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, LookupError, AttributeError) as error:
        problem = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{source} is not YAML: {problem}", hint="a recipe is a plain YAML document") from None
    if not isinstance(loaded, dict):
        raise InputError(f"{source} is not a mapping of keys to values", hint="write recipe: NAME, scheme: meld, …")
    for key in loaded:
        if not isinstance(key, str):
            raise InputError(f"{source}: key {_shown(key)} is not a text", hint="put it in quotes")
    return Document(loaded, source)


def _shown(value: Any) -> str:
    try:
        shown = repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits
        return f"this {type(value).__name__}"
    return shown if len(shown) <= 60 else shown[:57] + "…"
