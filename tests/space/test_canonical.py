"""The canonical form: what is the same program, and what is refused."""

import pytest

from discover.space import Candidate, canonical_form, canonical_hash

PROGRAM = '''
"""Words."""
class A:
    def f(self, x=None):  # a comment
        """More words."""
        return [None, 1.0, "s", -x]
'''


def test_comments_docstrings_and_layout_do_not_matter():
    plain = "class A:\n  def f(self,x = None):\n    return [None,1.0,'s',- x]"
    assert canonical_hash(PROGRAM) == canonical_hash(plain)


@pytest.mark.parametrize(
    ("before", "after"), [("1.0", "1"), ("None, 1", "1"), ("-x", "+x"), ("self, x", "self, *, x")]
)
def test_any_change_of_the_program_matters(before, after):
    assert canonical_hash(PROGRAM) != canonical_hash(PROGRAM.replace(before, after))


def test_fields_that_are_empty_are_left_out():
    # Python 3.12 gave functions `type_params`, empty for all older code.
    assert "type_params" not in canonical_form(PROGRAM)
    assert "decorator_list" not in canonical_form(PROGRAM)
    assert canonical_form("x = None").count("None") == 1


@pytest.mark.parametrize("source", ["def", "a\0b", "-" * 50_000 + "1", "x = '\ud800'"])
def test_what_is_no_program_is_a_syntax_error(source):
    with pytest.raises(SyntaxError):
        Candidate.from_source(source)


def test_deep_programs_that_parse_have_an_id():
    assert len(canonical_hash("f(" * 60 + ")" * 60)) == 16
