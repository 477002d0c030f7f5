"""From graph to module: the LangGraph workflow that a person would keep."""

from __future__ import annotations

import keyword
from functools import cache
from importlib.resources import files

from ..blueprint import Blueprint
from ..parts import Part, names_in, needed, read_parts
from .blocks import flow_of
from .flow import ANSWERED, END, Flow, Node

ORDER = (
    "reading", "arithmetic", "combining", "listing", "divisibility", "patterns", "grids",
    "constraints", "dates", "acting", "steps", "prompting",
)  # fmt: skip

MODULES = ("ast", "json", "math", "operator", "re")
NAMES = {
    "collections": ("Counter", "deque"),
    "collections.abc": ("Callable", "Iterator", "Mapping"),
    "dataclasses": ("dataclass",),
    "datetime": ("date", "timedelta"),
    "fractions": ("Fraction",),
    "itertools": ("pairwise", "product"),
    "typing": ("Annotated", "Any", "TypedDict"),
}
"""What library functions may import, and every rendered module does from the last rows."""
ALWAYS = frozenset({"Callable", "Mapping", "Any", "TypedDict"})

WIDTH = 100

CONTEXT = '''
@dataclass(frozen=True)
class Context:
    """What nodes may use: `call` asks the language model, `tools` are functions by name."""

    call: Callable[..., str]
    tools: Mapping[str, Callable[..., Any]]
'''

SOLVE = '''
def solve(question: str, call: Callable[..., str], tools: Mapping[str, Callable[..., Any]]) -> str:
    """The workflow's answer to the question; "" where it has none."""
    state = graph.invoke({{"question": question}}{context})
    return state["answer"]
'''


@cache
def library() -> tuple[Part, ...]:
    """Every function that workflows are made of, in the order in which a module has them."""
    return read_parts(files(__package__) / "library", ORDER)


def render(workflow: Blueprint) -> str:
    """The module of a `workflow` blueprint that type-checks.

    It defines `graph`, a compiled LangGraph graph, and `solve(question, call, tools)`.
    """
    flow = flow_of(workflow)
    names = node_names(flow)
    functions = _functions(flow, names)
    code = "\n\n\n".join(functions.values())
    fields = names_in(_state(flow))
    parts = needed(library(), names_in(code) | fields)
    used = (names_in(code) | fields).union(*(part.uses for part in parts))
    outside = "Runtime" in used
    sections = [
        f'"""{_title(names)}"""\n\n{_imports(used)}',
        *([CONTEXT.strip()] if outside else []),
        *(part.source for part in parts if part.name in fields),
        _state(flow),
        *(part.source for part in parts if part.name not in fields),
        *functions.values(),
    ]
    solve = SOLVE.format(context=", context=Context(call, tools)" if outside else "")
    wiring = _wiring(flow, names, functions, ", context_schema=Context" if outside else "")
    return "\n\n\n".join(sections) + "\n\n\n" + wiring + "\n" + solve


def _title(names: dict[int, str]) -> str:
    """As many of the nodes as a line has room for, four at most."""
    steps = list(names.values())
    head = f"A workflow of {len(steps)} node{'s' * (len(steps) > 1)}: "
    for count in (4, 3, 2, 1):
        more = f" and {len(steps) - count} more" if len(steps) > count else ""
        title = f"{head}{', '.join(steps[:count])}{more}."
        if len(title) + 6 <= WIDTH:
            break
    return title


def _imports(used: frozenset[str]) -> str:
    used |= ALWAYS | ({"dataclass"} if "Runtime" in used else set())
    lines = [f"import {module}" for module in MODULES if module in used]
    for module, names in NAMES.items():
        wanted = [name for name in names if name in used]
        if wanted:
            lines.append(f"from {module} import {', '.join(wanted)}")
    graph = "from langgraph.graph import END, START, StateGraph"
    runtime = ["from langgraph.runtime import Runtime"] if "Runtime" in used else []
    return "\n".join([*lines, "", graph, *runtime])


def _state(flow: Flow) -> str:
    lines = ["class State(TypedDict, total=False):", '    """What nodes read and write."""', ""]
    return "\n".join([*lines, *(f"    {name}: {type_}" for name, type_ in flow.fields.items())])


def node_names(flow: Flow) -> dict[int, str]:
    """A name for each node that nothing else in the module has."""
    taken = {part.name for part in library()} | {
        "graph",
        "builder",
        "solve",
        *flow.fields,
        *flow.graphs,
    }
    names: dict[int, str] = {}
    for number, node in flow.in_order():
        label = f"{node.label}_node" if keyword.iskeyword(node.label) else node.label
        numbered = (f"{label}_{i}" for i in range(2, len(flow.nodes) + 3))
        name = label if label not in taken else next(n for n in numbered if n not in taken)
        taken.add(name)
        names[number] = name
    return names


def _functions(flow: Flow, names: dict[int, str]) -> dict[object, str]:
    """The source of each function by what it does: equal nodes and tests share one."""
    found: dict[object, str] = {}
    for number, node in flow.in_order():
        found.setdefault((node.doc, node.body), _function(names[number], node))
        if node.condition:
            found.setdefault(node.condition, _condition(names[number], node.condition))
    return found


def _function(name: str, node: Node) -> str:
    runtime = ", runtime: Runtime[Context]" if "runtime." in "\n".join(node.body) else ""
    head = f'def {name}(state: State{runtime}) -> State:\n    """{node.doc}"""'
    return "\n".join([head, *(f"    {line}" if line else "" for line in node.body)])


def _condition(name: str, condition: str) -> str:
    if condition == ANSWERED:
        head, doc = "def answered(state: State) -> bool:", "Is there an answer?"
    else:
        head, doc = f"def after_{name}(state: State) -> bool:", f"Where to go after {name}."
    return f'{head}\n    """{doc}"""\n    return {condition}'


def _broken(line: str) -> list[str]:
    """A call in one line, or in three where it is too long."""
    if len(line) <= WIDTH:
        return [line]
    function, _, arguments = line.removesuffix(")").partition("(")
    return [f"{function}(", f"    {arguments}", ")"]


def _joined(branches: list[str], then: str) -> list[str]:
    """The edge that waits for all branches; one of them a line where they are many."""
    lines = _broken(f"builder.add_edge([{', '.join(branches)}], {then})")
    if max(map(len, lines)) <= WIDTH:
        return lines
    listed = [f"        {branch}," for branch in branches]
    return ["builder.add_edge(", "    [", *listed, "    ],", f"    {then},", ")"]


def _wiring(flow: Flow, names: dict[int, str], functions: dict[object, str], context: str) -> str:
    """The lines that put the graph together."""

    def function(key: object) -> str:
        return functions[key].removeprefix("def ").partition("(")[0]

    def place(number: int) -> str:
        return "END" if number == END else f'"{names[number]}"'

    def edges(number: int, node: Node) -> list[str]:
        name = names[number]
        if node.condition:
            ways = f"{{True: {place(node.then)}, False: {place(node.otherwise)}}}"
            test = function(node.condition)
            return _broken(f'builder.add_conditional_edges("{name}", {test}, {ways})')
        if node.branches:
            out = [f'builder.add_edge("{name}", {place(branch)})' for branch in node.branches]
            return [*out, *_joined([place(branch) for branch in node.branches], place(node.then))]
        return [f'builder.add_edge("{name}", {place(node.then)})']

    def wired(graph: str, start: int) -> list[str]:
        nodes = dict(flow.in_order(start))
        joined = {branch for node in nodes.values() for branch in node.branches}
        return [
            f"builder = StateGraph(State{context})",
            *(
                f'builder.add_node("{names[number]}", {function((node.doc, node.body))})'
                for number, node in nodes.items()
            ),
            f"builder.add_edge(START, {place(start)})",
            *(
                line
                for number, node in nodes.items()
                if number not in joined
                for line in edges(number, node)
            ),
            f"{graph} = builder.compile()",
        ]

    graphs = [wired(*each) for each in (*flow.graphs.items(), ("graph", flow.start))]
    return "\n\n".join("\n".join(lines) for lines in graphs) + "\n"
