"""The Disagreement page, empty and on the demo workspace."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

PAGE = "pages/disagreement.py"


def opened(app: AppTest) -> AppTest:
    app.switch_page(PAGE).run()
    assert not app.exception
    return app


def test_an_empty_workspace_says_what_belongs_here(empty_app: AppTest) -> None:
    assert "build the demo workspace" in opened(empty_app).info[0].value


def test_the_corpus_with_votes_comes_first_and_undefined_says_why(demo_app: AppTest) -> None:
    app = opened(demo_app)
    assert app.selectbox(key="disagreement.corpus").value == "demo-sitcom"
    shown = next(d.value for d in app.dataframe if "measure" in d.value.columns)
    values = dict(zip(shown["measure"], shown["value [95 % interval]"], strict=True))
    assert values["Cohen's kappa"].startswith("undefined because Cohen's kappa is for two annotators, here are 3")
    assert values["Fleiss' kappa"].startswith("0.98 [")


def test_one_against_the_others_stands_with_its_rows(demo_app: AppTest) -> None:
    app = opened(demo_app)
    table = next(d.value for d in app.dataframe if "others tied, %" in d.value.columns)
    assert list(table["utterances"]) == ["all", "with a majority", "without a majority"]
    assert table["weighted F1"][0].startswith("98.5 [")


def test_the_hardest_utterances_go_to_review(demo_app: AppTest) -> None:
    app = opened(demo_app)
    app.button(key="disagreement.hardest.review").click().run()
    queue = app.session_state["review.queue"]
    assert queue["corpus"] == "demo-sitcom"
    assert len(queue["dialogues"]) == len(queue["utterances"]) == 7
    assert queue["utterances"][0][0] == queue["dialogues"][0]


def test_a_cell_of_a_confusion_goes_to_review(demo_app: AppTest) -> None:
    app = opened(demo_app)
    cell = app.selectbox(key="disagreement.perceived.cell.intended.majority of llm")
    assert cell.options[0].endswith("(1)")  # mix-ups first
    cell.set_value("joy → joy  (61)").run()
    key = "disagreement.perceived.table.intended.majority of llm.joy → joy  (61).review"
    app.button(key=key).click().run()
    assert len(app.session_state["review.queue"]["utterances"]) == 61


def test_any_two_annotators_can_be_compared(demo_app: AppTest) -> None:
    app = opened(demo_app)
    assert app.selectbox(key="disagreement.pairs.rows").value == "llm-a"
    app.selectbox(key="disagreement.pairs.columns.llm-a").set_value("llm-c").run()
    assert not app.exception
    kappas = [c.value.replace("\\", "") for c in app.caption if "Cohen's kappa" in c.value]
    assert [text[: text.index("[")].rsplit(" ", 2)[1] for text in kappas] == ["0.97", "0.987"]


def test_a_corpus_without_votes_still_shows_its_flow(demo_app: AppTest) -> None:
    app = opened(demo_app)
    app.selectbox(key="disagreement.corpus").set_value("demo-balanced").run()
    assert not app.exception
    assert "Nobody has voted" in app.info[0].value
    assert app.multiselect(key="disagreement.layers.demo-balanced:all").value == ["intended"]


def test_a_link_opens_a_dialogue(demo_app: AppTest) -> None:
    app = opened(demo_app)
    app.query_params["corpus"], app.query_params["dialogue"] = "demo-sitcom", "meld-matched-0082"
    app.run()
    assert app.selectbox(key="disagreement.dialogue.demo-sitcom:all").value == "meld-matched-0082"


def test_a_link_to_nowhere_is_a_message(demo_app: AppTest) -> None:
    app = opened(demo_app)
    app.query_params["corpus"], app.query_params["dialogue"] = "nowhere", "<b>x</b>"
    app.run()
    assert not app.exception
    assert any("There is no corpus nowhere" in w.value for w in app.warning)
