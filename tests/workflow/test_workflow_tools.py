"""The tools of workflows: exact, bounded, and without help from outside their folder."""

import ast
import contextlib
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discover.evaluators.workflow import tools
from discover.evaluators.workflow.tools import MAKERS, make_tools
from discover.evaluators.workflow.tools.calculator import calculator, evaluate
from discover.evaluators.workflow.tools.interpreter import MAX_OUTPUT, python

TABLES = {
    "documents": {"Bear": "It lives in the forest.", "Whale": "It lives in the sea."},
    "rates": {"euro": "1.10", "franc": "0.55"},
    "table": {"tea": {"price": "3.20"}},
    "world": {
        "rooms": {"hall": {}},
        "holders": {},
        "things": {},
        "at": "hall",
        "goal": {"x": "y"},
        "steps": 3,
    },
}


def test_every_tool_says_what_it_does_in_its_first_line():
    made = make_tools(list(MAKERS), TABLES)
    assert list(made) == list(MAKERS)
    for name, tool in made.items():
        assert tool.__name__ == name
        assert len((tool.__doc__ or "").splitlines()[0]) > 20


def test_tools_import_the_standard_library_and_each_other_alone():
    for file in Path(tools.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 1 or node.module.split(".")[0] in sys.stdlib_module_names
                assert node.level < 2
            elif isinstance(node, ast.Import):
                assert all(a.name.split(".")[0] in sys.stdlib_module_names for a in node.names)


def test_an_unknown_tool_is_named():
    with pytest.raises(ValueError, match="no tool 'hammer'; there are calculator"):
        make_tools(["hammer"], {})


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3", "7"),
        ("-(2 - 5) ** 3", "27"),
        ("0.1 + 0.2", "0.3"),
        ("1 / 3", "0.333333333333"),
        ("7 // 2 + 7 % 2", "4"),
        ("2 ** -2", "0.25"),
        (" 12345678901234567890 * 3", "37037036703703703670"),
    ],
)
def test_the_calculator_is_exact(expression, value):
    assert calculator(expression) == value


@pytest.mark.parametrize(
    "expression",
    [
        *("", "2 +", "x + 1", "9 ** 9 ** 9", "10 ** 5000", "1 / 0", "2 ** 0.5", "True + 1"),
        *("1j", "f(2)", "1" * 5000, "(" * 300 + ")" * 300, "-" * 900 + "1" * 2000),
        *("0 ** -1", "'a' * 9", "1e400", "\ud800", "\x00"),
    ],
)
def test_the_calculator_refuses_what_is_not_arithmetic(expression):
    with pytest.raises(ValueError):
        evaluate(expression)


@given(st.text(max_size=60) | st.text("0123456789+-*/(). ", max_size=60))
def test_no_text_makes_the_calculator_raise_anything_else(text):
    with contextlib.suppress(ValueError):
        assert isinstance(evaluate(text), Fraction)


def test_python_gives_what_was_printed_bounded_and_errors_as_text():
    assert python("print(sum(range(5)))") == "10"
    assert python("print('a')\n1 / 0") == "a\nZeroDivisionError: division by zero"
    assert python("def f(:").startswith("SyntaxError")
    assert len(python("print('x' * 10**6)")) == MAX_OUTPUT
    assert python("import sys; sys.exit(3)") == "SystemExit: 3"


def test_search_ranks_by_rare_words_and_says_nothing_where_nothing_fits():
    search = make_tools(["search"], TABLES)["search"]
    assert search("Who lives in the sea?", k=1) == "Whale: It lives in the sea."
    assert search("Who lives in the sea?").startswith("Whale:")
    assert search("xyz") == ""


def test_office_tools():
    made = make_tools(["convert", "weekday", "add_days", "days_between", "exchange"], TABLES)
    assert made["convert"](3, "miles", "kilometre") == "4.828032"
    assert made["convert"]("10", "feet", "inches") == "120"
    assert made["weekday"]("2024-02-29") == "Thursday"
    assert made["add_days"]("2024-02-28", "2") == "2024-03-01"
    assert made["days_between"]("2024-03-01", "2024-02-28") == "-2"
    assert made["exchange"]("10", "euro", "franc") == "20.00"
    with pytest.raises(ValueError, match="pound measures mass, mile measures length"):
        made["convert"](1, "pound", "mile")
    with pytest.raises(ValueError, match="no currency 'yen'"):
        made["exchange"](1, "yen", "euro")
    with pytest.raises(ValueError, match="no unit 'parsec'"):
        made["convert"](1, "parsec", "mile")
