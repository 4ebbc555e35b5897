"""The same workload under other circumstances: twice the traffic, half as many tokens again, what a reader asks for."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from costgate.measure.bill import Made, bill
from costgate.measure.case import Measuring
from costgate.measure.ends import ONE, product
from costgate.measure.workload import scaled
from costgate.model.money import ZERO, Range
from costgate.model.workload import Scenario

TRAFFIC = 2
TOKENS = Decimal("1.5")


def scenarios(given: Made, setting: Measuring) -> Iterator[Scenario]:
    """What is asked of every workload."""
    yield scenario("traffic x2", scaled(given, traffic=TRAFFIC), setting)
    yield scenario("tokens +50%", scaled(given, tokens=TOKENS), setting)


def scenario(name: str, given: Made, setting: Measuring) -> Scenario:
    """A workload priced under some name, its buffer included."""
    paid = bill(given, setting)
    buffer = ONE + (given.figures.buffer or ZERO)
    return Scenario(name, _with(paid.per_request, buffer), _with(paid.per_month, buffer))


def _with(money: Range | None, buffer: Range) -> Range | None:
    return None if money is None else product(money, buffer)
