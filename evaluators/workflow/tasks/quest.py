"""Errands in a small world: find a thing behind doors and lids, and bring it where it belongs.

The reply is the list of commands. They are played again here, so that reaching the goal is
all that counts, and nothing that a workflow says of itself.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from ..world import CARRIED, World
from .names import BOXES, COLOURS, METALS, OBJECTS, ROOMS, TOPS
from .task import Generated, Problem, Task, make_item

WAYS = {"north": (0, 1), "east": (1, 0), "south": (0, -1), "west": (-1, 0)}
BACK = {"north": "south", "south": "north", "east": "west", "west": "east"}
NUMBERING = re.compile(r"^\s*(?:\d+[.)]|[-*>])\s*")


@dataclass(frozen=True)
class Size:
    """How large a world is. `steps` is how many commands may be given."""

    rooms: int
    holders: int
    locks: int
    things: int
    goals: int
    steps: int


SLACK = 0.75
"""The share of the steps within which someone who knows the world is done."""
SIZES = {
    "quest_small": Size(rooms=3, holders=6, locks=1, things=4, goals=1, steps=24),
    "quest_large": Size(rooms=7, holders=14, locks=3, things=8, goals=2, steps=48),
}


def quest_tasks() -> list[Task]:
    return [_quest_task(name, size) for name, size in SIZES.items()]


def _quest_task(name: str, size: Size) -> Task:
    def draw(rng: Random) -> Iterator[Problem]:
        while True:
            world = draw_world(rng, size)
            commands = walkthrough(world)
            if len(commands) <= SLACK * size.steps:
                item = make_item(name, _question(world), ("act",), {"world": world})
                yield Problem(item, "; ".join(commands))

    return Generated(name, draw, judge)


def judge(problem: Problem, reply: str) -> float:
    """1 where the commands of the reply reach the goal in time, else 0."""
    played = World(problem.item.payload["world"])
    for line in re.split(r"[;\n]", reply):
        command = NUMBERING.sub("", line).strip()
        if played.over:
            break
        if command:
            played.act(command)
    return float(played.solved)


def _question(world: dict[str, Any]) -> str:
    kinds = {name: holder["kind"] for name, holder in world["holders"].items()}
    goals = " and ".join(
        f"put the {thing} {'on' if kinds[holder] == 'top' else 'in'} the {holder}"
        for thing, holder in world["goal"].items()
    )
    return (
        f"You are in a house. {goals[0].upper()}{goals[1:]}. The tool act takes one command and "
        f"tells what you see; you may give {world['steps']} commands. "
        "Reply with the commands that do it, in order, one a line."
    )


def draw_world(rng: Random, size: Size) -> dict[str, Any]:
    """A world that can be solved: every key lies where those before it lead."""
    rooms = _draw_rooms(rng, size.rooms)
    holders = _draw_holders(rng, list(rooms), size.holders)
    world: dict[str, Any] = {
        "rooms": rooms,
        "holders": holders,
        "things": {},
        "at": next(iter(rooms)),
        "goal": {},
        "steps": size.steps,
    }
    _lock(rng, world, size.locks)
    _scatter(rng, world, size)
    return world


def _draw_rooms(rng: Random, count: int) -> dict[str, dict[str, dict[str, Any]]]:
    """Rooms on a grid, each joined to an earlier one: a tree."""
    names = rng.sample(ROOMS, count)
    rooms: dict[str, dict[str, dict[str, Any]]] = {names[0]: {}}
    cells = {(0, 0): names[0]}
    for name in names[1:]:
        free = [
            (cell, way)
            for cell in cells
            for way, (dx, dy) in WAYS.items()
            if (cell[0] + dx, cell[1] + dy) not in cells
        ]
        cell, way = rng.choice(free)
        dx, dy = WAYS[way]
        cells[cell[0] + dx, cell[1] + dy] = name
        rooms[cells[cell]][way] = {"to": name, "key": None}
        rooms[name] = {BACK[way]: {"to": cells[cell], "key": None}}
    return rooms


def _draw_holders(rng: Random, rooms: list[str], count: int) -> dict[str, dict[str, Any]]:
    """Boxes and tops, at least one in each room; about half of them boxes, all closed."""
    boxes = rng.sample(BOXES, count // 2)
    names = boxes + rng.sample(TOPS, count - count // 2)
    rng.shuffle(names)
    places = rooms + [rng.choice(rooms) for _ in range(count - len(rooms))]
    return {
        name: {
            "room": room,
            "kind": "box" if name in boxes else "top",
            "open": name not in boxes,
            "key": None,
        }
        for name, room in zip(names, places, strict=True)
    }


def _lock(rng: Random, world: dict[str, Any], count: int) -> None:
    """Lock some doors and boxes; each key is put where the keys before it lead.

    What is in the first room stays unlocked, so that a key always finds a place.
    """
    doors = [(room, way) for room, ways in world["rooms"].items() for way in ways]
    inward = [(room, way) for room, way in doors if _is_child(world, room, way)]
    boxes = [
        name
        for name, holder in world["holders"].items()
        if not holder["open"] and holder["room"] != world["at"]
    ]
    chosen = rng.sample([*inward, *boxes], count)
    keys = [f"{metal} key" for metal in rng.sample(METALS, count)]
    for place, key in zip(chosen, keys, strict=True):
        lock = world["holders"][place] if isinstance(place, str) else _door(world, *place)
        lock["key"] = key
    for index, key in enumerate(keys):
        world["things"][key] = rng.choice(_reachable(world, set(keys[:index])))


def _is_child(world: dict[str, Any], room: str, way: str) -> bool:
    """Whether the door leads away from the start: rooms are listed parents first."""
    order = list(world["rooms"])
    return order.index(world["rooms"][room][way]["to"]) > order.index(room)


def _door(world: dict[str, Any], room: str, way: str) -> dict[str, Any]:
    return world["rooms"][room][way]


def _reachable(world: dict[str, Any], keys: set[str]) -> list[str]:
    """The holders that can be opened by someone with `keys`."""
    seen, waiting = {world["at"]}, deque([world["at"]])
    while waiting:
        for door in world["rooms"][waiting.popleft()].values():
            if door["to"] not in seen and (door["key"] is None or door["key"] in keys):
                seen.add(door["to"])
                waiting.append(door["to"])
    return [
        name
        for name, holder in world["holders"].items()
        if holder["room"] in seen and (holder["key"] is None or holder["key"] in keys)
    ]


def _scatter(rng: Random, world: dict[str, Any], size: Size) -> None:
    """Put things anywhere, and say where some of them belong."""
    kinds = rng.sample(OBJECTS, size.things)
    things = [f"{rng.choice(COLOURS)} {kind}" for kind in kinds]
    for thing in things:
        world["things"][thing] = rng.choice(list(world["holders"]))
    for thing in rng.sample(things, size.goals):
        others = [name for name in world["holders"] if name != world["things"][thing]]
        world["goal"][thing] = rng.choice(others)


def walkthrough(world: dict[str, Any]) -> list[str]:
    """Commands that solve `world`, by someone who knows all of it; not always the fewest."""
    played = World({**world, "steps": 10**6})
    for thing, holder in world["goal"].items():
        _reach(played, played.things[thing])
        played.act(f"take {thing}")
        _reach(played, holder)
        word = "on" if played.holders[holder]["kind"] == "top" else "in"
        played.act(f"put {thing} {word} {holder}")
    return played.commands


def _reach(played: World, holder: str) -> None:
    """Go to `holder` and open it, after fetching keys for as long as it is out of reach."""
    while not _go(played, holder):
        keys = {thing for thing in played.things if thing.endswith(" key")}
        key = next(
            key
            for key in sorted(keys)
            if played.things[key] != CARRIED and _go(played, played.things[key])
        )
        played.act(f"take {key}")


def _go(played: World, holder: str) -> bool:
    """Walk to `holder` and open it where the carried keys allow that."""
    target = played.holders[holder]
    way = _way(played, target["room"])
    if way is None or not played.carries(target["key"]):
        return False
    for direction in way:
        played.act(f"go {direction}")
    if not target["open"]:
        played.act(f"open {holder}")
    return True


def _way(played: World, room: str) -> list[str] | None:
    """The shortest way to `room` with the carried keys; None where there is none."""
    waiting: deque[tuple[str, list[str]]] = deque([(played.at, [])])
    seen = {played.at}
    while waiting:
        at, path = waiting.popleft()
        if at == room:
            return path
        for direction, door in played.rooms[at].items():
            if door["to"] not in seen and played.carries(door["key"]):
                seen.add(door["to"])
                waiting.append((door["to"], [*path, direction]))
    return None
