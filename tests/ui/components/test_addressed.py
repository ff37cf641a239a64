"""Sections and corpora that the address names."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def small_page() -> None:
    import streamlit as st

    from ui.components.addressed import chosen_corpus, section

    part = section("small", {"list": "List", "map": "Map"}, default="list")
    st.text(f"{part} of {chosen_corpus('small', ('friends', 'office'))}")


def opened(**address: str) -> AppTest:
    app = AppTest.from_function(small_page)
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def test_without_an_address_the_default_and_the_first_corpus_are_shown() -> None:
    assert opened().text[0].value == "list of friends"


def test_a_link_opens_what_it_names() -> None:
    assert opened(section="map", corpus="office").text[0].value == "map of office"


def test_what_is_chosen_stands_in_the_address() -> None:
    app = opened(section="map")
    app.segmented_control(key="small.section").set_value("list").run()
    app.selectbox(key="small.corpus").set_value("office").run()
    assert app.text[0].value == "list of office"
    assert (app.query_params["section"], app.query_params["corpus"]) == ("list", "office")


def test_an_unknown_corpus_is_said_and_an_unknown_section_passed_over() -> None:
    app = opened(section="<b>", corpus="no_such")
    assert app.warning[0].value == r"There is no corpus no\_such in this workspace."
    assert app.text[0].value == "list of friends"
