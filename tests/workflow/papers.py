"""A paper with answers of its own, for tests of the runtime alone."""

from dataclasses import dataclass, field

from discover.evaluators.workflow.items import Item


@dataclass
class Sums:
    """`count` additions; `asked` keeps every reply that was scored."""

    count: int = 4
    asked: list = field(default_factory=list)

    @property
    def items(self):
        return [Item(f"s{i}", "sums", f"What is {i} + {i + 1}?") for i in range(self.count)]

    def answer(self, item_id):
        return str(2 * int(item_id[1:]) + 1)

    def score(self, item_id, reply):
        self.asked.append((item_id, reply))
        i = int(item_id[1:])
        return float(reply.strip() == str(2 * i + 1))


@dataclass
class SumTasks:
    names: tuple = ("sums",)
    definition: str = "sums"

    def draw(self, split, seed, count):
        return Sums(count)
