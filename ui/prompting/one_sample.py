"""One sample: what became of it, its raw reply beside what was read in it, every repair marked.

one_sample(1, sample, scheme, recorded=True)
"""

from __future__ import annotations

import streamlit as st

from erc_engine.domain.generation import Repair
from erc_engine.domain.labels import LabelScheme
from erc_engine.workflows.prompt_samples import Sample, SampleState
from erc_engine.workflows.run_views import mix_said
from ui import frame
from ui.components.bubbles import Bubble, Chip, bubbles


def one_sample(
    n: int, sample: Sample, scheme: LabelScheme, *, recorded: bool, key: str = "prompt_studio.sample"
) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**#{n}**")
            _fate(sample)
            if recorded:
                st.badge("recorded", color="orange", help="Replayed, not written now by a model.")
            if sample.injected:
                st.badge(f"injected fault: {frame.plain(sample.injected)}", color="violet")
        if sample.state is SampleState.FAILED:
            st.error(frame.plain(sample.detail))
        elif sample.detail:
            st.text(sample.detail)
        if sample.hint:
            st.caption(f"Try: {frame.plain(sample.hint)}")
        asked = f"asked for {sample.plan.turns} turns: {mix_said(sample.plan)} · {amount(sample)}"
        st.caption(frame.plain(asked))
        raw, parsed = st.columns(2, gap="small")
        with raw:
            st.caption("The reply as it came")
            st.code(sample.raw or _nothing_yet(sample), language=None, wrap_lines=True)
        with parsed:
            st.caption("What was read in it")
            _parsed(f"{key}.{n}", sample, scheme)


def _fate(sample: Sample) -> None:
    why = frame.plain(sample.reason.replace("_", " "))
    if sample.state is SampleState.WRITING:
        st.badge("writing …", color="blue")
    elif sample.state is SampleState.ACCEPTED:
        st.badge("accepted ✓", color="green")
    elif sample.state is SampleState.STOPPED:
        st.badge("stopped", color="gray")
    elif sample.state is SampleState.REJECTED:
        st.badge(f"rejected: {why}", color="red")
    else:
        st.badge(f"{'broke off' if sample.raw else 'no reply'}: {why}", color="red")
    if sample.repairs:
        st.badge(f"repaired ({len(sample.repairs)})", color="orange")


def amount(sample: Sample) -> str:
    """How much was written: the server's own token counts where it told them, words otherwise."""
    if sample.state is SampleState.WRITING:
        return f"{sample.words:,} words so far"
    seconds = f" in {sample.seconds:.1f} s" if sample.seconds else ""
    if sample.completion_tokens is None:
        return f"{sample.words:,} words{seconds}"
    read = "" if sample.prompt_tokens is None else f", prompt {sample.prompt_tokens:,}"
    return f"{sample.completion_tokens:,} tokens{seconds}{read}"


def _nothing_yet(sample: Sample) -> str:
    return "(waiting for its first word)" if sample.state is SampleState.WRITING else "(no reply)"


def _parsed(key: str, sample: Sample, scheme: LabelScheme) -> None:
    for repair in sample.repairs:
        if repair.turn is None:
            st.caption(f"Repaired: {frame.plain(said(repair))}")
    if sample.turns:
        bubbles(turn_bubbles(sample, scheme), key=key)
    else:
        st.text("read when it is complete" if sample.state is SampleState.WRITING else "nothing")


def said(repair: Repair) -> str:
    kind = repair.kind.replace("_", " ")
    return f"{kind}, was “{repair.before[:60]}”" if repair.before else kind


def turn_bubbles(sample: Sample, scheme: LabelScheme) -> list[Bubble]:
    colours = {label.name: label.colour for label in scheme.labels}
    return [
        Bubble(
            f"turn-{n}",
            turn.speaker,
            turn.text,
            (
                Chip(turn.label, colours[turn.label])
                if turn.known
                else Chip(f"{turn.label or 'no label'}: not in the scheme", plain=True),
                *(Chip(f"repaired: {said(repair)}", plain=True) for repair in turn.repairs),
            ),
        )
        for n, turn in enumerate(sample.turns)
    ]
