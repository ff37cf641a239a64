"""Imbalance: label shares side by side, how labels follow each other, and the gap to a target."""

import streamlit as st

from erc_engine.domain.conversation import Origin
from erc_engine.domain.imbalance import ImbalanceReport, LabelBalance
from erc_engine.workflows.imbalance import PartChoice, imbalance, mark, part_choices
from ui import frame, resources
from ui.charts.numbers import said
from ui.charts.shares import Shares, label_shares, share_rows
from ui.charts.text import shortened
from ui.components import tables
from ui.components.label_dynamics import dynamics_part
from ui.components.marks import nothing_yet, recorded
from ui.components.what_if import what_if

NO_BENCHMARK = "none"
WRITTEN = "imbalance.written"
HELP = {
    "ratio": "Most frequent label over least frequent one. 1 is even.",
    "effective labels": "exp of the entropy of the shares: how many equally frequent labels would be as varied.",
    "distance to even": "Total variation, half the sum of absolute differences: the fraction of labels to change.",
}


def follow_link(known: dict[str, PartChoice]) -> None:
    """Put what the address asks for into the widgets, unless this page wrote it there itself."""
    asked = {name: st.query_params.get_all(name) for name in ("part", "against") if name in st.query_params}
    if not asked or asked == st.session_state.get(WRITTEN):
        return
    for name in (n for names in asked.values() for n in names if n not in known and n != NO_BENCHMARK):
        st.warning(f"There is no part {frame.plain(shortened(name, 80))} in this workspace.")
    parts = [n for n in asked.get("part", []) if n in known]
    if parts:
        scheme = known[parts[0]].scheme
        st.session_state["imbalance.scheme"] = scheme.name
        st.session_state[f"imbalance.parts.{scheme.name}"] = [n for n in parts if known[n].scheme.names == scheme.names]
        against = asked.get("against", [""])[0]
        if against == NO_BENCHMARK or (against in known and known[against].scheme.names == scheme.names):
            st.session_state[f"imbalance.against.{scheme.name}"] = against


def chosen(choices: tuple[PartChoice, ...]) -> tuple[list[PartChoice], PartChoice | None]:
    """Parts and benchmark as the address or the widgets say, of one label scheme."""
    known = {c.name: c for c in choices}
    follow_link(known)
    schemes = list(dict.fromkeys(c.scheme.name for c in choices))
    if st.session_state.get("imbalance.scheme") not in schemes:
        st.session_state.pop("imbalance.scheme", None)
    left, middle, right = st.columns([1, 4, 2])
    scheme = left.selectbox("Label scheme", schemes, key="imbalance.scheme", persist_state="session")
    inside = [c for c in choices if c.scheme.name == scheme]
    options = [c.name for c in inside]
    parts_key, against_key = f"imbalance.parts.{scheme}", f"imbalance.against.{scheme}"
    train = [n for n in options if n.endswith(":train")] or options
    kept = [n for n in st.session_state.get(parts_key, train[:3]) if n in options]
    st.session_state[parts_key] = kept
    parts = middle.multiselect("Side by side", options, key=parts_key, persist_state="session", max_selections=8)
    real = [c.name for c in inside if c.origin is Origin.IMPORTED and c.name.endswith(":train")]
    if st.session_state.get(against_key) not in (NO_BENCHMARK, *options):
        st.session_state[against_key] = (real or [NO_BENCHMARK])[0]
    against = right.selectbox(
        "Benchmark, as a thin outline", [NO_BENCHMARK, *options], key=against_key, persist_state="session"
    )
    st.session_state[WRITTEN] = {"part": parts, "against": [against]}
    st.query_params.from_dict({"part": parts, "against": against})
    return [known[p] for p in parts], known.get(against)


def shares_part(report: ImbalanceReport) -> None:
    base = report.against
    shown = [Shares(p.part, p.counts, {k: m.interval for k, m in p.shares.items() if m.interval}) for p in report.parts]
    scheme = report.parts[0].scheme
    figure = label_shares(
        scheme, shown, outline=base.fractions if base else None, outline_name=base.part if base else ""
    )
    tables.chart_with_data(figure, share_rows(scheme, shown), key="imbalance.shares", name="label-shares")
    st.caption("Percent of labelled utterances; whiskers are 95 % intervals from resampling dialogues.")
    tables.table(
        [balance_row(p, base.part if base else "") for p in [*report.parts, *([base] if base else [])]],
        key="imbalance.measures",
        columns={name: st.column_config.TextColumn(help=text) for name, text in HELP.items()},
    )


def balance_row(p: LabelBalance, base: str) -> dict[str, object]:
    row: dict[str, object] = {
        "part": p.part,
        "utterances": p.utterances,
        "dialogues": p.dialogues,
        "effective labels": said(p.effective_labels),
        "distance to even": said(p.distances.get("uniform")),
    }
    if base:
        row[f"distance to {base}"] = said(p.distances.get(base))
    return row | {"ratio": said(p.imbalance_ratio), "unlabelled": p.unlabelled}


with frame.page("imbalance"):
    choices = part_choices(resources.workspace())
    if not choices:
        nothing_yet(
            "Label shares of your corpora belong here. Import one, or build the demo workspace.", key="imbalance"
        )
    else:
        parts, against = chosen(choices)
        if not parts:
            st.info("Choose one part or more.")
        else:
            space, names, base = resources.workspace(), [p.name for p in parts], against.name if against else None
            asked = ("imbalance", base, *((n, mark(space, n)) for n in [*names, *([base] if base else [])]))
            report = resources.worked_out(asked, lambda: imbalance(space, names, against=base))
            if report is None:
                frame.working(asked, f"Counting and resampling {sum(p.dialogues for p in parts):,} dialogues")
                st.stop()
            replayed = [p.name for p in parts if p.origin is Origin.RECORDED]
            if replayed:
                recorded(", ".join(replayed))
            shares_part(report)
            part = dynamics_part(report)
            what_if(part, report.against, part.part.partition(":")[0])
