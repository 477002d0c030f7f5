"""The lines of one class while it is being written."""

from __future__ import annotations

from dataclasses import dataclass, field

INDENT = "    "


@dataclass
class ClassCode:
    """A mixer class in the making: its docstring, `__init__` and `forward`, line by line.

    `inputs` is the production that prepares the input; under token shift `roles`
    collects the projections, each of which reads its own mix of now and before.
    """

    name: str
    doc: str
    inputs: str = "plain_input"
    init: list[str] = field(default_factory=list)
    forward: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)

    def linear(self, name: str, width: str, *, source: str = "d_model", bias: bool = False) -> None:
        """Declare `self.<name>`, a projection from `source` to `width` channels."""
        suffix = "" if bias else ", bias=False"
        self.init.append(f"self.{name} = nn.Linear({source}, {width}{suffix})")

    def low_rank(self, name: str, rank: str, width: str, *, between: str = "") -> None:
        """Declare `self.<name>`, a projection to `width` through `rank`, such as "d/8"."""
        inner = rank.replace("d/", "d_model // ")
        self.init += [
            f"self.{name} = nn.Sequential(",
            f"    nn.Linear(d_model, {inner}, bias=False),",
            *([f"    {between},"] if between else []),
            f"    nn.Linear({inner}, {width}, bias=False),",
            ")",
        ]

    def parameter(self, name: str, value: str) -> None:
        """Declare `self.<name>`, a parameter that starts at `value`."""
        self.init.append(f"self.{name} = nn.Parameter({value})")

    def read(self, role: str) -> str:
        """The variable that the projection called `role` reads."""
        if self.inputs == "token_shift":
            if role not in self.roles:
                self.roles.append(role)
            return f"x_{role}"
        return "mixed" if self.inputs == "convolved_input" and role != "gate" else "x"

    def source(self) -> str:
        """The class as Python."""
        lines = [f"class {self.name}(nn.Module):"]
        lines += [(INDENT + line).rstrip() for line in f'"""{self.doc}"""'.split("\n")]
        lines += ["", f"{INDENT}def __init__(self, d_model: int, n_heads: int) -> None:"]
        lines += [2 * INDENT + line for line in ("super().__init__()", *self.init)]
        lines += ["", f"{INDENT}def forward(self, x: Tensor) -> Tensor:"]
        lines += [2 * INDENT + line for line in self.forward]
        return "\n".join(lines)
