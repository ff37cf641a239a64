"""A quality card as one HTML file that stands alone: no script, no font, nothing from outside; light and dark.

    Path("made.html").write_text(to_html(card), "utf-8")

Every text of data is escaped, and a policy in the page forbids whatever might slip through to run or load.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from erc_engine import __version__
from erc_engine.domain.quality import SET, Bars, Clue, QualityCard, Section, Side
from erc_engine.workflows.quality_words import gap_said, headlines, n_said, number, said

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --page: #ffffff; --card: #f6f8fa;
  --set: #0072b2; --benchmark: #8c8c8c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d; --page: #0d1117;
  --card: #151b23; --set: #56b4e9; --benchmark: #9aa0a6; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; font: 15px/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--page); overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .3rem; }
h3 { font-size: .95rem; margin: 0 0 .4rem; }
p, ul { margin: .3rem 0; } .soft, figcaption, summary { color: var(--soft); font-size: .87rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .6rem; margin: 1rem 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem; }
.tile b { display: block; font-size: 1.4rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1rem; margin: .8rem 0; }
figure { margin: 0; padding: .7rem .9rem; background: var(--card); border: 1px solid var(--line);
  border-radius: .5rem; }
.bars { display: grid; grid-template-columns: minmax(5rem, max-content) 1fr 3.6rem; gap: .15rem .5rem;
  align-items: center; font-size: .82rem; }
.bars i { display: block; height: .5rem; border-radius: 2px; min-width: 1px; }
.bars i + i { margin-top: 2px; } .bars .value { text-align: right; font-variant-numeric: tabular-nums; }
.set { background: var(--set); } .benchmark { background: var(--benchmark); }
.key { display: inline-block; width: .7rem; height: .7rem; border-radius: 2px; margin: 0 .3rem 0 .8rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .87rem; margin: .5rem 0; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 600; } td.n { white-space: nowrap; color: var(--soft); }
code { font-family: ui-monospace, monospace; white-space: pre-wrap; }
"""


def to_html(card: QualityCard) -> str:
    names = card.names
    against = f" against {names['benchmark']}" if card.against else ""
    title = f"Quality of {card.mine.name}{against}"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
        *_about(card),
        f'<div class="tiles">{"".join(_tiles(card))}</div>',
        f'<p class="soft"><span class="key set"></span>{escape(names["set"])}'
        f'<span class="key benchmark"></span>{escape(names["benchmark"])}</p>',
        *(part for section in card.sections for part in _section(section)),
        f'<p class="soft">Made by ERC Studio {escape(__version__)}; seed {card.seed}; encoder '
        f"{escape(card.encoder)}; 95 % intervals from resampling whole dialogues.</p>",
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _about(card: QualityCard) -> Iterable[str]:
    yield _side("Set", card.mine)
    if card.against:
        yield _side("Benchmark", card.against)
    else:
        yield f'<p class="soft">No benchmark: comparisons are not available because {escape(card.absent)}.</p>'
    for note in card.notes:
        yield f'<p class="soft">Note: {escape(note)}</p>'


def _side(what: str, side: Side) -> str:
    told = [
        f"{side.dialogues:,} dialogues",
        f"{side.utterances:,} utterances",
        side.origin,
        f"scheme {side.scheme}",
        *([f"version {side.version}"] if side.version else []),
        f"licence {side.licence}",
        "may leave this machine" if side.may_leave_machine else "its text stays on this machine",
        f"hash {side.hash[:12]}",
    ]
    return f'<p class="soft">{what}: {escape(side.name)} · {escape(" · ".join(told))}</p>'


def _tiles(card: QualityCard) -> Iterable[str]:
    for each in headlines(card):
        value = f"<b>{escape(each.value)}</b>" if each.value else "<b>–</b>"
        yield (
            f'<div class="tile"><span class="soft">{escape(each.name)}</span>{value}'
            f'<span class="soft">{escape(each.beside)}</span></div>'
        )


def _section(section: Section) -> Iterable[str]:
    yield f'<h2 id="{escape(section.key)}">{escape(section.title)}</h2>'
    yield f'<p class="soft">{escape(section.aid.what)}<br>{escape(section.aid.read)}</p>'
    if section.pictures:
        yield f'<div class="figures">{"".join(_figure(bars) for bars in section.pictures)}</div>'
    yield _rows(section)
    if section.clues:
        table = _clues(section.clues, section.clues_are)
        yield f"<details><summary>{escape(section.clues_are)}: the whole list</summary>{table}</details>"
    for note in (*section.notes, f"source: {section.aid.source}"):
        yield f'<p class="soft">{escape(note)}</p>'


def _figure(bars: Bars) -> str:
    values = [v for v in (*bars.mine, *bars.theirs) if v is not None]
    widest = max(values, default=0.0) or 1.0
    cells = []
    for i, name in enumerate(bars.names):
        sides = [("set", bars.mine[i]), *([("benchmark", bars.theirs[i])] if bars.theirs else [])]
        drawn = "".join(
            f'<i class="{side}" style="width:{100 * value / widest:.1f}%" '
            f'title="{escape(f"{name}: {number(value, bars.unit)}")}"></i>'
            for side, value in sides
            if value is not None
        )
        shown = "–" if bars.mine[i] is None else number(bars.mine[i] or 0.0, bars.unit)
        cells.append(f"<span>{escape(name)}</span><span>{drawn}</span><span class='value'>{escape(shown)}</span>")
    return f'<figure><h3>{escape(bars.title)}</h3><div class="bars">{"".join(cells)}</div></figure>'


def _rows(section: Section) -> str:
    head = ("measure", "set", "benchmark", "apart", "n")
    body = [
        (
            row.name,
            said(row.mine, row.unit),
            said(row.theirs, row.unit),
            gap_said(row),
            n_said(row),
        )
        for row in section.rows
    ]
    return _table(head, body)


def _clues(clues: Sequence[Clue], what: str) -> str:
    weighted = any(clue.weight is not None for clue in clues)
    head = (what, "kind", "more in", *(["weight"] if weighted else []), "set", "benchmark")
    body = [
        (
            clue.text,
            clue.kind,
            "the set" if clue.points_to == SET else "the benchmark" if clue.points_to else "",
            *([number(clue.weight or 0.0, "share")] if weighted else []),
            number(clue.mine, "share"),
            "" if clue.theirs is None else number(clue.theirs, "share"),
        )
        for clue in clues
    ]
    return _table(head, body)


def _table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    lines = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in line)}</tr>" for line in body)
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table></div>'
