"""Disagreement: entropy of soft labels, agreement, what is mixed up, and the flow of a dialogue."""

import streamlit as st

from erc_engine.domain.curation import AnnotatorKind
from erc_engine.workflows.disagreement import (
    ANY_TWO,
    Study,
    StudyChoice,
    majority_of,
    open_study,
    study_choices,
    study_mark,
)
from ui import frame, resources
from ui.components.agreement import agreement_part, entropy_part
from ui.components.confusions import confusion_part
from ui.components.dialogue_flow import dialogue_flow
from ui.components.disputed import disputed
from ui.components.marks import nothing_yet

EVERYTHING = "all splits"


def chosen(choices: tuple[StudyChoice, ...]) -> tuple[str, AnnotatorKind | None]:
    """The part and the kind of annotators, as the address or the widgets say."""
    known = {c.corpus: c for c in choices}
    asked = st.query_params.get("corpus", "")
    if asked and st.session_state.get("disagreement.asked") != asked:
        st.session_state["disagreement.asked"] = asked
        if asked in known:
            st.session_state["disagreement.corpus"] = asked
            st.session_state["disagreement.split"] = EVERYTHING
        else:
            st.warning(f"There is no corpus {frame.plain(asked)} in this workspace.")
    if st.session_state.get("disagreement.corpus") not in known:
        st.session_state.pop("disagreement.corpus", None)
    left, middle, right = st.columns([2, 1, 2])
    name = left.selectbox("Corpus", list(known), key="disagreement.corpus", persist_state="session")
    splits = [EVERYTHING, *known[name].splits]
    if st.session_state.get("disagreement.split") not in splits:
        st.session_state.pop("disagreement.split", None)
    split = middle.selectbox("Split", splits, key="disagreement.split", persist_state="session")
    kinds = [str(k) for k in known[name].kinds]
    kind = None
    if kinds:
        help_ = "Votes of different kinds are never pooled."
        key = f"disagreement.kind.{name}"
        kind = right.segmented_control("Annotators", kinds, key=key, default=kinds[0], help=help_, required=True)
    if st.session_state.get("disagreement.asked") != name:
        st.session_state["disagreement.asked"] = name
        st.query_params.from_dict({"corpus": name})
    return (name if split == EVERYTHING else f"{name}:{split}"), AnnotatorKind(kind) if kind else None


def confusions(study: Study, kind: AnnotatorKind) -> None:
    st.subheader("What is mixed up")
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"**{study.label_word.capitalize()} × perceived**")
        seen = [majority_of(kind), *study.annotators, *(majority_of(k) for k in study.kinds if k != kind)]
        confusion_part(study, "disagreement.perceived", [study.label_word], seen)
    with right:
        st.markdown("**Annotator × annotator**")
        if not study.annotators:
            st.caption("The votes are anonymous: which annotator gave which is undefined, any two votes are not.")
        people = (
            [*study.annotators, *(majority_of(k) for k in study.kinds)] if len(study.kinds) > 1 else study.annotators
        )
        rows = [*people, ANY_TWO] if len(people) > 1 else [ANY_TWO]
        confusion_part(study, "disagreement.pairs", rows, people)


with frame.page("disagreement"):
    choices = study_choices(resources.workspace())
    if not choices:
        nothing_yet(
            "Where annotators differ belongs here. Import a corpus with votes, or build the demo workspace.",
            key="disagreement",
        )
    else:
        part, kind = chosen(choices)
        space = resources.workspace()
        asked = ("disagreement", part, kind, *study_mark(space, part))
        study = resources.worked_out(asked, lambda: open_study(space, part, kind=kind))
        if study is None:
            frame.working(asked, "Reading the votes and resampling dialogues")
            st.stop()
        report = study.report
        if report is None or kind is None:
            if study.recorded:
                st.badge("recorded", color="orange")
            st.info("Nobody has voted here yet. Review dialogues, or import votes: erc votes import NAME FILE.")
            st.page_link("pages/review.py", label="Review")
        else:
            with st.container(horizontal=True, vertical_alignment="center"):
                if study.recorded:
                    st.badge("recorded", color="orange")
                st.caption(frame.plain(" ".join(f"{note[0].upper()}{note[1:]}." for note in report.notes)))
            entropy_part(study, report)
            agreement_part(report)
            confusions(study, kind)
            st.subheader("Hardest utterances", help="The highest entropy of votes first; tick some or take them all.")
            disputed(study, report.hardest, key="disagreement.hardest", why="the highest entropy of votes")
        dialogue_flow(study)
