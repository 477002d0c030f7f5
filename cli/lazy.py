"""A command group whose commands are imported when they are called."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from ..harmless import shown
from .border import explained, guard
from .configuration import applying, bind_environment, configurable, read_configuration
from .options import READ_FROM
from .text import near

COMMANDS = {
    "run": "Search a domain under a budget (the default command).",
    "resume": "Go on with a campaign that was stopped or killed.",
    "status": "Show how a campaign gets on.",
    "evaluate": "Judge one source file at a tier.",
    "verify": "Check a claim again, on seeds that nobody has seen.",
    "replay": "Make a campaign's decisions and runs again, and compare.",
    "export": "Write a candidate's code and its card to a folder.",
    "memory": "Look at what has been learnt, in the terminal.",
    "browse": "Look at what has been learnt, in a browser.",
    "report": "Write a campaign up as one HTML or Markdown file.",
    "knowledge": "Add to what agents know from papers and notes, or search it.",
    "domains": "List what can be searched.",
    "config": "Show the settings that apply, and where each comes from.",
    "doctor": "Show what this machine offers.",
    "calibrate": "Measure a domain's references and floors anew.",
    "value": "Ask the model that decides which proposals are worth running.",
    "bench": "Measure searches against published baselines.",
    "llm": "Try language models out, or make a small local one ready.",
    "prompts": "Look at what the agents say to language models.",
}
"""Each is the `app` of the module of that name; the words are its line in the help."""

DEFAULT = "run"


class LazyGroup(TyperGroup):
    """Imports a command's module only for that command. Options alone mean `DEFAULT`."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f".{cmd_name}", __package__)
        command = typer.main.get_command(module.app)
        if hasattr(command, "commands"):
            command.no_args_is_help = True
        return command

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        own = {name for parameter in self.get_params(ctx) for name in parameter.opts}
        if not args:
            args = ["--help"]
        elif args[0].startswith("-") and args[0] not in own:
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] not in COMMANDS:
            ctx.fail(f"no command {shown(args[0])}{near(args[0], COMMANDS)}")
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None and "--help" not in rest:
            from .run import run

            search = self.get_command(ctx, DEFAULT)
            bind_environment(command, search, applying(name))
            files = read_configuration(configurable(search.params, run))
            ctx.default_map = {name: files.defaults_of(command, applying(name))}
            ctx.obj = files
        return name, command, rest

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            if found := explained(error, ctx.meta.get(READ_FROM, ())):
                raise found from error
            raise

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        default = self.get_command(ctx, DEFAULT)
        with formatter.section(f"Options of a search (`{DEFAULT}` may be left out)"):
            formatter.write_dl(
                [r for p in default.get_params(ctx) if (r := p.get_help_record(ctx)) is not None]
            )
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command line and exit, with every error of the user's as one line."""
        extra["standalone_mode"] = False
        raise SystemExit(guard(lambda: super(LazyGroup, self).main(*args, **extra)))
