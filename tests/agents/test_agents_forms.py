"""JSON out of every kind of back-end."""

import json

import pytest

from discover.agents.llm import Ask, Message, Unavailable, Unreadable
from discover.agents.llm.forms import Form, read
from discover.agents.llm.gbnf import gbnf
from discover.agents.llm.structured import Answer as Base
from discover.agents.llm.structured import Structured
from discover.agents.replies import Conclusion, Plan, choice_of

from .endpoint import Answer
from .strong import PROBED

MODEL = "openai/strong"
GOOD = PROBED  # fits the shapes below too
NO = b'{"error": {"message": "not supported"}}'


class Shape(Base):
    colour: str
    sides: int


def ask():
    return Ask("planner", (Message("system", "s"), Message("user", "Describe it.")))


def sent_form(body):
    """The form in which a request asks for JSON, as a back-end sees it."""
    kind = body.get("response_format", {}).get("type")
    if kind == "json_schema":
        return Form.JSON_SCHEMA
    if kind == "json_object":
        return Form.JSON_OBJECT if "schema" in body["response_format"] else None
    if "grammar" in body:
        return Form.GRAMMAR
    return Form.TOOL if "tools" in body else Form.TEXT


@pytest.mark.parametrize("able", list(Form))
@pytest.mark.parametrize("says_no", [400, 500, "prose"])
def test_the_first_form_that_works_is_found_once_and_kept(serve, client_of, able, says_no):
    def back_end(body):
        form = sent_form(body)
        if form is not able:
            return Answer("A red one.") if says_no == "prose" else Answer(status=says_no, raw=NO)
        return Answer(None, tool=GOOD) if form is Form.TOOL else Answer(f"So:\n{GOOD}\n")

    endpoint = serve(back_end)
    structured = Structured(client_of(endpoint))
    assert structured.json(ask(), MODEL, Shape) == Shape(colour="red", sides=3)
    assert structured.form(MODEL) is able
    probes = len(endpoint.requests) - 1
    assert probes == list(Form).index(able) + 1
    structured.json(ask(), MODEL, Shape)
    assert len(endpoint.requests) == probes + 1  # the second answer came from the cache


def test_the_form_is_known_to_the_next_process_by_the_journal(serve, client_of):
    endpoint = serve(lambda body: GOOD)
    client = client_of(endpoint)
    Structured(client).form(MODEL)
    assert Structured(client).form(MODEL) is Form.JSON_SCHEMA
    assert len(endpoint.requests) == 1


def test_a_model_that_is_away_teaches_nothing(serve, client_of):
    endpoint = serve(lambda body: Answer(status=503, raw=NO))
    structured = Structured(client_of(endpoint))
    with pytest.raises(Unavailable):
        structured.form(MODEL)
    endpoint.script = lambda body: GOOD
    assert structured.form(MODEL) is Form.JSON_SCHEMA


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"Let me think {{about}} it. {GOOD} Done {{}}.",
        f'{{"colour": 7}} or rather {GOOD}',
        '{"colour": "red", "sides": "3", "extra": null}',
    ],
)
def test_an_object_is_found_in_prose(text):
    assert read(text, Shape) == Shape(colour="red", sides=3)


def test_a_line_broken_inside_a_string_is_read():
    assert read('{"colour": "red\nor so", "sides": 3}', Shape).colour == "red\nor so"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nothing", "no JSON object"),
        ("{" * 100_000, "no JSON object"),
        ('{"a":' * 20_000, "no JSON object"),
        ('{"colour": "red"}', "sides: Field required"),
        ('{"colour": "red", "sides": "many"}', "sides: Input should be a valid integer"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(text, said):
    with pytest.raises(ValueError, match=said) as caught:
        read(text, Shape)
    assert "\n" not in str(caught.value)


def test_a_choice_is_from_the_menu_in_schema_and_in_validation():
    schema = choice_of(3).model_json_schema()
    assert schema["properties"]["number"]["enum"] == [1, 2, 3]
    assert read('{"number": 3, "reason": ""}', choice_of(3)).number == 3
    with pytest.raises(ValueError, match="number"):
        read('{"number": 4, "reason": ""}', choice_of(3))


def test_the_schema_is_closed_and_the_reading_is_not(serve, client_of):
    endpoint = serve(lambda body: GOOD)
    Structured(client_of(endpoint)).json(ask(), MODEL, Shape)
    schema = endpoint.requests[-1]["response_format"]["json_schema"]["schema"]
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["colour", "sides"]
    assert json.dumps(schema) in endpoint.requests[-1]["messages"][-1]["content"]


@pytest.mark.parametrize("model", [Shape, Plan, Conclusion, choice_of(12)])
def test_every_reply_has_a_grammar(model):
    grammar = gbnf(model.model_json_schema())
    for name in model.model_fields:
        assert f'\\"{name}\\":' in grammar
    assert grammar.startswith("root ::= ")


def test_a_schema_beyond_the_grammar_is_an_error():
    with pytest.raises(ValueError, match="no grammar"):
        gbnf({"type": "object", "properties": {"x": {"$ref": "#/$defs/Y"}}})


def test_one_repair_and_no_more(serve, client_of):
    endpoint = serve(lambda body: GOOD if "triangle" in str(body) else "what?")
    structured = Structured(client_of(endpoint))
    with pytest.raises(Unreadable):
        structured.json(ask(), MODEL, Shape)
    assert len(endpoint.requests) == 3


def test_a_long_answer_is_cut_and_the_schema_asks_for_less():
    long = {"idea": "x" * 900, "motivation": "", "expectation": "", "cites": ["i1"] * 30}
    plan = read(json.dumps(long), Plan)
    assert len(plan.idea) == 400 and len(plan.cites) == 8
    properties = Plan.model_json_schema()["properties"]
    assert properties["idea"]["maxLength"] == 400 and properties["cites"]["maxItems"] == 8
