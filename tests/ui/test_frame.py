"""The net under every page: foreign errors become a message with a hint, and what comes after it is still drawn."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest


def page(kind: str) -> None:
    import sqlite3

    import streamlit as st
    from sqlalchemy.exc import OperationalError, TimeoutError

    from ui import frame

    errors = {
        "disk": OSError("no *space* <b>left</b>"),
        "sqlite": sqlite3.OperationalError("no *space* <b>left</b>"),
        "statement": OperationalError("SELECT 1", {}, Exception("no *space* <b>left</b>")),
        "pool": TimeoutError("no *space* <b>left</b>"),
    }
    with frame.shown_errors():
        raise errors[kind]
    st.text("still here")


@pytest.mark.parametrize("kind", ["disk", "sqlite", "statement", "pool"])
def test_a_foreign_error_is_a_message_and_the_page_lives(kind: str) -> None:
    app = AppTest.from_function(page, args=(kind,), default_timeout=30).run()
    assert not app.exception
    assert r"no \*space\* \<b\>left\</b\>" in app.error[0].value
    assert "check the disk" in app.caption[0].value
    assert app.text[0].value == "still here"
