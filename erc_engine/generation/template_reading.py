"""What a template uses and says, read from its syntax without running it.

reading = read_template("{% for label in labels %}{{ label.name }}{% endfor %} [joi]")
reading.values        # {"labels"}: values of a prompt that it uses
reading.fields        # {"label": {"name"}}: what it reads of them
reading.text          # " [joi]": what it writes itself
"""

from __future__ import annotations

from dataclasses import dataclass

from jinja2 import Environment, nodes
from jinja2.meta import find_undeclared_variables


@dataclass(frozen=True)
class Reading:
    """`literals` are texts that a value is compared with or looked up by, and of which value."""

    values: frozenset[str]
    fields: dict[str, frozenset[str]]
    text: str
    literals: tuple[tuple[str, str], ...]

    def reads(self, field: str) -> bool:
        return any(field in found for found in self.fields.values())

    def __or__(self, other: Reading) -> Reading:
        keys = {*self.fields, *other.fields}
        nothing: frozenset[str] = frozenset()
        fields = {key: self.fields.get(key, nothing) | other.fields.get(key, nothing) for key in keys}
        return Reading(
            self.values | other.values, fields, f"{self.text}\n{other.text}", (*self.literals, *other.literals)
        )


def read_template(text: str) -> Reading:
    """The template must be one that compiles."""
    tree = Environment(autoescape=True).parse(text)
    fields: dict[str, set[str]] = {}
    literals: list[tuple[str, str]] = []
    for read in tree.find_all(nodes.Getattr):
        fields.setdefault(_name(read.node), set()).add(read.attr)
    for read_item in tree.find_all(nodes.Getitem):
        if isinstance(read_item.arg, nodes.Const):
            fields.setdefault(_name(read_item.node), set()).add(str(read_item.arg.value))
    for compare in tree.find_all(nodes.Compare):
        sides = [compare.expr, *(operand.expr for operand in compare.ops)]
        of = next((side.attr for side in sides if isinstance(side, nodes.Getattr)), "")
        literals += [(of, str(s.value)) for s in sides if isinstance(s, nodes.Const) and isinstance(s.value, str)]
    for joined in tree.find_all(nodes.Filter):
        if joined.name == "join" and len(joined.args) > 1 and isinstance(joined.args[1], nodes.Const):
            fields.setdefault(_name(joined.node), set()).add(str(joined.args[1].value))
    written = "".join(data.data for data in tree.find_all(nodes.TemplateData))
    return Reading(
        values=frozenset(find_undeclared_variables(tree)),
        fields={name: frozenset(found) for name, found in fields.items()},
        text=written,
        literals=tuple(literals),
    )


def _name(node: nodes.Node | None) -> str:
    return node.name if isinstance(node, nodes.Name) else ""
