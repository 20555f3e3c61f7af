"""
Many applications, one after another: each counts what the ones before it would take.

A refusal answers its own application and no other. The recommended feasible option of each is taken as accepted: it reserves its power
at its connection point for all that follow. The year before an application is run again only in the island whose reservations changed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tongdian.engines.grid import Limits, Network
from tongdian.engines.supply._carry import carry_up
from tongdian.engines.supply._catalogue import Catalogue, shipped_catalogue
from tongdian.engines.supply._demand import HIGH, voltage_of
from tongdian.engines.supply._propose import propose
from tongdian.engines.supply._values import Application, Reservation, SupplyPlan
from tongdian.engines.supply._way.streets import Streets
from tongdian.kit.refused import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """
    One application of many with its plan, or with the refusal that stands in its place.
    """

    application: Application
    plan: SupplyPlan | None
    refused: Refused | None


def propose_many(
    applications: Iterable[Application],
    network: Network,
    reservations: Sequence[Reservation] = (),
    *,
    medium: Network | None = None,
    catalogue: Catalogue | None = None,
    limits: Limits | None = None,
    streets: Streets | None = None,
    shown_options: int = 1,
    ways_out: bool = False,
) -> Iterator[Answered]:
    """
    Yield the answer to each application in turn, counting the recommended options of those before it.

    :param network: with its yearly profiles, for applications at low voltage; its lines are also ways for 10 kV cables
    :param medium: the network for applications at 10 kV, by default the same one. What is held at low voltage below it is carried up
    :param streets: as :func:`propose` takes them
    :param shown_options: options looked for; one is the cheapest that holds all year, which is the one that is reserved
    :param ways_out: whether to look for what would make a point hold where nothing does
    """
    tables = catalogue or shipped_catalogue()
    above = medium if medium is not None else network
    held: dict[str, list[Reservation]] = {"low": list(reservations), HIGH: []}
    for application in applications:
        try:
            voltage = voltage_of(application, tables)
            if voltage == HIGH:
                below = () if above is network else carry_up(network, held["low"])
                counted = (*held[HIGH], *(below if above is not network else held["low"]))
                asked = {"catalogue": tables, "limits": limits, "streets": streets, "shown": shown_options, "ways_out": ways_out}
                plan = propose(application, above, counted, corridors=network, **asked)  # type: ignore[arg-type]
            else:
                counted = tuple(held["low"]) + (tuple(held[HIGH]) if above is network else ())
                plan = propose(
                    application, network, counted, catalogue=tables, limits=limits, streets=streets, shown=shown_options, ways_out=ways_out
                )
        except Refused as refused:
            yield Answered(application=application, plan=None, refused=refused)
            continue
        if plan.recommended is not None:
            held[plan.voltage] += plan.reservations(plan.options[plan.recommended])
        yield Answered(application=application, plan=plan, refused=None)
