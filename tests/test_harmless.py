"""Text of others: what would act unseen is shown as its code, everywhere alike."""

import re
import sys
import unicodedata
from html import unescape

import pytest

from discover.harmless import block, cut, lines, markdown, one_line, shown, spreadsheet

HIDDEN = {
    "\x1b[31m": "\\x1b[31m",  # ANSI
    "\x9b2J": "\\x9b2J",
    "\u202e": "\\u202e",  # reads backwards from here
    "\u2066": "\\u2066",
    "\u200b": "\\u200b",
    "\U000e0041": "\\U000e0041",  # a tag: a letter that only models read
    "\U000e007f": "\\U000e007f",
    "\U000e0101": "\\U000e0101",
    "\ufe0f": "\\ufe0f",
    "\u3164": "\\u3164",
    "\ud800": "\\ud800",
    "\ufff9": "\\ufff9",
}


@pytest.mark.parametrize("text", HIDDEN, ids=ascii)
def test_what_hides_is_shown_as_its_code(text):
    for made in (one_line, block, spreadsheet):
        assert made(f"a{text}b") == f"a{HIDDEN[text]}b"
    assert HIDDEN[text].replace("[", "").replace("\\", "") in markdown(f"a{text}b").replace(
        "\\", ""
    ).replace("[", "")


def test_nothing_that_acts_or_hides_comes_through():
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            assert one_line(character) in ("", f"\\x{number:02x}", f"\\u{number:04x}",
                                           f"\\U{number:08x}"), ascii(character)  # fmt: skip


def test_what_people_write_stays():
    for text in ("naïve π ≤ 3", "日本語", "Δ-rule “quoted”", "🙂", "שלום"):
        assert one_line(text) == text == block(text)


def test_code_keeps_its_layout():
    assert lines("a\tb\r\n  c\rd") == ["a\tb", "  c", "d"]


def test_a_line_is_cut_and_markdown_has_no_markup():
    assert one_line(" a \n b  c ", 4) == "a b…"
    assert markdown("<b>[x](y)|$z$") == r"\<b\>\[x\]\(y\)\|\$z\$"


LINKED = re.compile(r"(https?|ftp)://\S|www\.|[\w.+-]@[\w-]", re.IGNORECASE)
"""What GitHub-flavoured Markdown makes a link of by itself (its section 6.9), or a person."""


@pytest.mark.parametrize(
    "text",
    [
        "see https://evil.example/x, FTP://a.example",
        "www.evil.example and (WWW.evil.example)",
        "mail me@evil.example or @somebody",
        r"a\://b www\.c d\@e",
    ],
)
def test_markdown_has_no_link_that_nobody_marked_and_reads_as_it_was(text):
    assert not LINKED.search(markdown(text))
    read = pytest.importorskip("markdown_it").MarkdownIt("commonmark").render(markdown(text))
    assert unescape(read) == f"<p>{text}</p>\n"


def test_a_value_in_an_error_line_is_as_python_writes_it_and_short():
    assert shown("it's\n") == '"it\'s\\n"' and shown([1, None]) == "[1, None]"
    assert shown("x" * 10**7) == "'" + "x" * 58 + "…"
    assert cut("x" * 60) == "x" * 60 and cut("x" * 61) == "x" * 59 + "…"


def test_no_cell_is_a_formula():
    assert spreadsheet("=cmd()") == "'=cmd()" and spreadsheet("@x") == "'@x"
    assert spreadsheet(-1.5) == -1.5 and spreadsheet("a=b") == "a=b"
