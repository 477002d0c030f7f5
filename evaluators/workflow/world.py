"""A small world of rooms, doors, containers and keys, told and played in words."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

CARRIED = "you"
"""Where a thing lies that the player carries; else the name of a holder."""


class World:
    """A world in play. It is made from JSON, of which it takes a copy:

    - `rooms`: by room, by direction, {"to": room, "key": the key of its locked door or None};
    - `holders`: by name, {"room", "kind": "box" or "top", "open", "key"}; a top is always open;
    - `things`: by name, the holder where it lies, or CARRIED;
    - `at`: the player's room; `goal`: by thing, the holder where it must lie at last;
    - `steps`: how many commands may be given.
    """

    def __init__(self, world: Mapping[str, Any]) -> None:
        state = copy.deepcopy(dict(world))
        self.rooms: dict[str, dict[str, dict[str, Any]]] = state["rooms"]
        self.holders: dict[str, dict[str, Any]] = state["holders"]
        self.things: dict[str, str] = state["things"]
        self.goal: dict[str, str] = state["goal"]
        self.at: str = state["at"]
        self.steps: int = state["steps"]
        self.commands: list[str] = []

    @property
    def solved(self) -> bool:
        return all(self.things[thing] == holder for thing, holder in self.goal.items())

    @property
    def over(self) -> bool:
        return self.solved or len(self.commands) >= self.steps

    def act(self, command: str) -> str:
        """Carry out `command` and tell what is seen then; "" only tells what is seen."""
        plain = " ".join(command.lower().split())
        if plain and not self.over:
            self.commands.append(plain)
            happened = self._do(plain)
        else:
            happened = ""
        if self.solved:
            return f"Done. Your commands: {'; '.join(self.commands)}"
        if self.over:
            return "Your time is over."
        choices = " | ".join(self.choices())
        return f"{happened} {self._view()}\nYou can: {choices}".strip()

    def choices(self) -> list[str]:
        """The commands that change something here, and would not be refused for want of a key."""
        return [*self._ways(), *self._opening(), *self._taking(), *self._putting()]

    def carries(self, key: str | None) -> bool:
        return key is None or self.things[key] == CARRIED

    def _ways(self) -> Iterator[str]:
        exits = self.rooms[self.at].items()
        return (f"go {way}" for way, door in exits if self.carries(door["key"]))

    def _opening(self) -> Iterator[str]:
        here = self._here().items()
        return (f"open {name}" for name, h in here if not h["open"] and self.carries(h["key"]))

    def _taking(self) -> Iterator[str]:
        here = self._here()
        lying = self.things.items()
        return (f"take {thing}" for thing, at in lying if at in here and here[at]["open"])

    def _putting(self) -> Iterator[str]:
        carried = [thing for thing, at in self.things.items() if at == CARRIED]
        for name, holder in self._here().items():
            if holder["open"]:
                yield from (f"put {thing} {_in(holder)} {name}" for thing in carried)

    def _here(self) -> dict[str, dict[str, Any]]:
        return {name: h for name, h in self.holders.items() if h["room"] == self.at}

    def _do(self, command: str) -> str:
        if command not in self.choices():
            return self._refusal(command)
        verb, _, rest = command.partition(" ")
        if verb == "go":
            self.at = self.rooms[self.at][rest]["to"]
        elif verb == "open":
            self.holders[rest]["open"] = True
        elif verb == "take":
            self.things[rest] = CARRIED
        else:
            thing, holder = self._parted(rest)
            self.things[thing] = holder
        return "You did it."

    def _parted(self, rest: str) -> tuple[str, str]:
        """The thing and the holder of "thing in holder", which is known to be allowed."""
        for word in (" in ", " on "):
            thing, _, holder = rest.partition(word)
            if thing in self.things and holder in self.holders:
                return thing, holder
        raise AssertionError(rest)

    def _refusal(self, command: str) -> str:
        verb, _, rest = command.partition(" ")
        door = self.rooms[self.at].get(rest) if verb == "go" else None
        holder = self._here().get(rest) if verb == "open" else None
        locked = door or holder
        if locked and not self.carries(locked["key"]):
            return f"It is locked; the {locked['key']} would open it."
        return "That cannot be done."

    def _view(self) -> str:
        exits = ", ".join(
            f"{way} ({door['key']} needed)" if not self.carries(door["key"]) else way
            for way, door in self.rooms[self.at].items()
        )
        seen = "; ".join(self._described(name, h) for name, h in self._here().items())
        carried = ", ".join(thing for thing, at in self.things.items() if at == CARRIED)
        return (
            f"You are in the {self.at}. Ways: {exits}. Here: {seen or 'nothing'}. "
            f"You carry: {carried or 'nothing'}."
        )

    def _described(self, name: str, holder: Mapping[str, Any]) -> str:
        if not holder["open"]:
            return f"{name} (locked)" if not self.carries(holder["key"]) else f"{name} (closed)"
        held = ", ".join(thing for thing, at in self.things.items() if at == name)
        return f"{name} ({_in(holder)} it: {held or 'nothing'})"


def _in(holder: Mapping[str, Any]) -> str:
    return "on" if holder["kind"] == "top" else "in"
