"""Text of data inside a figure is shown as it stands and read as nothing else."""

from __future__ import annotations

from ui.charts.text import escape, hover_lines, shortened


def test_markup_and_entities_are_shown_not_read() -> None:
    assert escape("a <b>bold</b> & &lt;") == "a &lt;b&gt;bold&lt;/b&gt; &amp; &amp;lt;"


def test_formulas_and_templates_are_shown_not_read() -> None:
    assert escape("$x^2$ %{customdata}") == "&#36;x^2&#36; %&#123;customdata}"


def test_control_characters_become_spaces() -> None:
    assert escape("a\x00b\nc\u2028d") == "a b c d"


def test_a_long_text_is_cut_between_words() -> None:
    assert shortened("the ferry  is late again", 15) == "the ferry is …"
    assert shortened("short", 15) == "short"
    assert shortened("x" * 30, 10) == "x" * 9 + "…"


def test_hover_lines_escape_each_line_but_not_their_breaks() -> None:
    assert hover_lines("one <two> three four", characters=9, lines=2) == "one &lt;two&gt;<br>three …"
