"""
Renewal: an overhead or wall-mounted stretch goes underground, along its own course.

The new cables are laid beside the old line while it is alive. Each is the cheapest of the table that carries its greatest current of
the year with the growth counted, all stretch lines of one kind (through, entry) alike; if voltages do not hold, the next stronger. Then
joints are moved from the far end to the feeding end, so that what lies beyond a joint is on the new cable already and only that joint is
dark. The area is solved over every step of the year before, after, and after with the growth.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np

from tongdian.engines import grid
from tongdian.engines.grid import Floats, Limits, Network
from tongdian.engines.supply._areas import LOW_VOLTAGE_KV, Areas, find_areas, find_live
from tongdian.engines.supply._candidates import check_network, low_voltage_kv
from tongdian.engines.supply._catalogue import Catalogue, MissingRow, shipped_catalogue
from tongdian.engines.supply._checks import is_feasible
from tongdian.engines.supply._demand import Request, understand
from tongdian.engines.supply._describe import describe_state
from tongdian.engines.supply._known import know
from tongdian.engines.supply._materials import GRID, METER, Item, list_items, sum_cost
from tongdian.engines.supply._renewal.sizing import (
    BURIED,
    Sized,
    Stretch,
    UnusableStretch,
    carries_a,
    entries_of,
    find_cables_for,
    judge,
    peaks_a,
    with_cables,
)
from tongdian.engines.supply._renewal.steps import find_steps
from tongdian.engines.supply._renewal.values import Entry, NewSection, Renewal
from tongdian.engines.supply._study import Island, Study, extremes, position
from tongdian.engines.supply._values import Application, Device, Reservation
from tongdian.engines.supply._way.graph import cheapest_ways
from tongdian.engines.supply._way.plane import course
from tongdian.kit.refused import N_

OLD = ("overhead", "wall")


def find_lines(network: Network, wanted: Sequence[str]) -> tuple[int, ...]:
    """
    Return lines (positions) by identifier or name.

    :raises UnusableStretch: naming what the network does not have
    """
    ids = {str(identifier): at for at, identifier in enumerate(network.lines.id.tolist())}
    names: dict[str, list[int]] = {}
    for at, name in enumerate(network.lines.name):
        names.setdefault(name, []).append(at)
    found = []
    for one in wanted:
        places = [ids[one]] if one in ids else names.get(one, [])
        if len(places) != 1:
            text = N_("The network has no line “%(line)s”, or several. Give its identifier.")
            raise UnusableStretch(text, line=one)
        found.append(places[0])
    if not found:
        raise UnusableStretch(N_("No line is named. Give the identifiers of the lines to replace."))
    return tuple(dict.fromkeys(found))


def renew(
    line_ids: Sequence[str],
    network: Network,
    reservations: Sequence[Reservation] = (),
    *,
    growth: float = 0.3,
    day: date,
    catalogue: Catalogue | None = None,
    limits: Limits | None = None,
) -> Renewal:
    """
    Return the renewal of a stretch of low-voltage lines, given by identifiers or names.

    :param network: with its yearly profiles
    :param growth: by how much the area's loads may grow while the cable lies, as a fraction; it decides the cable, not the comparison
    :param day: on which the policy on who pays must be in force
    :raises Refused: if the lines are no stretch, or no cable of the table carries what they carry
    """
    check_network(network)
    if not (np.isfinite(growth) and 0 <= growth <= 10):  # noqa: PLR2004 - tenfold is a typing error
        raise UnusableStretch(N_("A growth of %(growth)s cannot be meant. Give a fraction such as 0.3."), growth=growth)
    tables = catalogue or shipped_catalogue()
    bounds = limits or tables.limits(low_voltage_kv(network))
    known = know(network)
    areas = known.areas
    lines = find_lines(network, line_ids)
    _check_stretch(network, areas, lines)
    study = Study(known, tuple(reservations), _nobody(network, lines[0], day, tables))
    island = study.island(int(network.lines.from_bus[lines[0]]))
    stretch = _orient(island.network, [position(island.network.lines, int(network.lines.id[at])) for at in lines])
    grown = _grown_year(island, growth)
    sized = find_cables_for(island, stretch, grown, (tables, bounds, growth))
    return _renewal(study, island, stretch, sized, (tables, bounds, growth, day, grown))


def _nobody(network: Network, line: int, day: date, tables: Catalogue) -> Request:
    bus = int(network.lines.from_bus[line])
    lon, lat = float(network.buses.lon[bus]), float(network.buses.lat[bus])
    place = (lon, lat) if np.isfinite([lon, lat]).all() else (0.0, 0.0)
    nobody = Application(
        reference="renewal",
        site_lon=place[0],
        site_lat=place[1],
        devices=(Device(kind="other", kw=1.0),),
        customer_class="household",
        wanted_date=day,
    )
    return understand(nobody, tables)


def _check_stretch(network: Network, areas: Areas, lines: Sequence[int]) -> None:
    rows = network.lines
    for at in lines:
        one, other = int(rows.from_bus[at]), int(rows.to_bus[at])
        if network.buses.nominal_kv[one] >= LOW_VOLTAGE_KV:
            raise UnusableStretch(N_("Line %(line)s is no low-voltage line. Renewal is planned at low voltage."), line=rows.name[at])
        if not areas.lines_closed[at] or not areas.live[one]:
            text = N_("Line %(line)s is open or dead, so nothing is known of what it carries. Close it or leave it out.")
            raise UnusableStretch(text, line=rows.name[at])
        if int(areas.area[one]) != int(areas.area[int(rows.from_bus[lines[0]])]):
            text = N_("Line %(line)s belongs to another transformer's area than the first. Renew one area at a time.")
            raise UnusableStretch(text, line=rows.name[at])
        if course(network, at) is None:
            raise UnusableStretch(N_("Line %(line)s has no known course. Complete its path or its buses' places."), line=rows.name[at])
        assert other >= 0


def _orient(network: Network, lines: Sequence[int]) -> Stretch:
    """
    Return the stretch with every line's end nearer to the busbar first.

    :raises UnusableStretch: if its lines do not hang together or form a loop
    """
    rows, areas = network.lines, find_areas(network)
    busbar = int(network.transformers.lv_bus[int(areas.transformer[int(rows.from_bus[lines[0]])])])
    closed = np.flatnonzero(areas.lines_closed).tolist()
    edges = [(int(rows.from_bus[at]), int(rows.to_bus[at])) for at in closed]
    switches = network.switches
    edges += [
        (int(switches.bus[at]), int(switches.element[at])) for at, kind in enumerate(switches.kind) if kind == "bus" and switches.closed[at]
    ]
    lengths = [float(rows.length_m[at]) for at in closed] + [0.0] * (len(edges) - len(closed))
    cost = cheapest_ways(len(network.buses), edges, lengths, busbar).cost
    near, far = [], []
    for at in lines:
        ends = sorted((int(rows.from_bus[at]), int(rows.to_bus[at])), key=lambda bus: (float(cost[bus]), bus))
        near.append(ends[0])
        far.append(ends[1])
    roots = set(near) - set(far)
    if len(roots) != 1 or len(set(far)) != len(far):
        text = N_("The lines do not hang together as one stretch without a loop. Give lines that follow each other from one joint.")
        raise UnusableStretch(text)
    buses = {*near, *far}
    return Stretch(lines=tuple(lines), near=tuple(near), far=tuple(far), root=roots.pop(), depth={bus: float(cost[bus]) for bus in buses})


def _grown_year(island: Island, growth: float) -> Network:
    loads = island.network.loads
    return replace(island.network, loads=replace(loads, p_kw=loads.p_kw * (1 + growth), q_kvar=loads.q_kvar * (1 + growth)))


def _renewal(
    study: Study, island: Island, stretch: Stretch, sized: Sized, given: tuple[Catalogue, Limits, float, date, Network]
) -> Renewal:
    tables, limits, growth, day, grown_network = given
    entries = entries_of(island.network, stretch)
    chosen = (sized.through, sized.entry, tables)
    after = extremes(grid.run_year(sized.network, island.reserved))
    grown_net = with_cables(grown_network, stretch, entries, chosen)
    grown = extremes(grid.run_year(grown_net, island.reserved))
    grown_before = extremes(grid.run_year(grown_network, island.reserved))
    checks = (
        *judge(island, sized.network, (island.before, after), (tables, limits), study),
        *judge(island, grown_net, (grown_before, grown), (tables, limits), study),
    )
    sections = tuple(
        _section(island.network, stretch, at, sized, (tables, peaks_a(grown_net, grown), entries)) for at in range(len(stretch.lines))
    )
    made = _entries(island.network, stretch, entries, (tables, growth))
    policy = tables.policy("household", 0.0, day)
    materials = list_items(_items(sections, made, stretch, tables), policy, tables)
    steps = find_steps(island, stretch, sized.network, (tables, limits))
    where = stretch.root
    nobody_dark = sum(step.customers * step.hours for step in steps)
    hours = sum(step.hours for step in steps)
    customers = sum(customers_at(island.network, bus) for bus in stretch.far)
    profiles = study.network.profiles
    assert profiles is not None
    at_transformer = int(find_areas(island.network).transformer[where])
    return Renewal(
        sections=sections,
        entries=made,
        steps=steps,
        fed_from=island.network.buses.name[where],
        transformer_name=island.network.transformers.name[at_transformer],
        growth=growth,
        length_m=round(sum(section.length_m for section in sections), 2),
        materials=materials,
        cost=sum_cost(materials, policy),
        before=describe_state(island.network, island.points, where, island.before, study),
        after=describe_state(sized.network, island.points, where, after, study),
        grown=describe_state(grown_net, island.points, where, grown, study),
        checks=checks,
        feasible=is_feasible(checks) and all(step.checks_hold is not False for step in steps),
        customers=customers,
        customer_hours=round(nobody_dark, 2),
        customer_hours_at_once=round(_dark_at_once(island.network, stretch) * hours, 2),
        notes=tuple(section.line_name for section in sections if section.was_method not in OLD),
        network_source=study.network.source,
        network_fingerprint=study.fingerprint,
        year_label=profiles.label,
        nominal_kv=float(island.network.buses.nominal_kv[where]),
    )


def _dark_at_once(network: Network, stretch: Stretch) -> int:
    """
    Return how many customers are dark while all lines of a stretch are out: those at it and those fed through it.
    """
    running = network.lines.in_service.copy()
    running[list(stretch.lines)] = False
    lost = find_live(network) & ~find_live(replace(network, lines=replace(network.lines, in_service=running)))
    return int((network.loads.in_service & lost[network.loads.bus]).sum())


def customers_at(network: Network, bus: int) -> int:
    """
    Return how many customers hang at a bus.
    """
    return int((network.loads.in_service & (network.loads.bus == bus)).sum())


def _section(network: Network, stretch: Stretch, at: int, sized: Sized, given: tuple[Catalogue, Floats, frozenset[int]]) -> NewSection:
    tables, current, entries = given
    line = stretch.lines[at]
    kind = sized.entry if at in entries else sized.through
    places = course(network, line)
    assert places is not None
    ordered = places if int(network.lines.from_bus[line]) == stretch.near[at] else places[::-1]
    return NewSection(
        line_id=int(network.lines.id[line]),
        line_name=network.lines.name[line],
        was_type=network.lines.type_name[line],
        was_method=tables.corridor_method(network.lines.type_name[line]),
        from_name=network.buses.name[stretch.near[at]],
        to_name=network.buses.name[stretch.far[at]],
        length_m=round(float(network.lines.length_m[line]), 2),
        path=tuple((round(float(lon), 8), round(float(lat), 8)) for lon, lat in ordered),
        code=kind.code,
        name_zh=kind.name_zh,
        name_en=kind.name_en,
        section_mm2=kind.section_mm2,
        method=BURIED,
        ampacity_a=round(carries_a(kind, tables), 3),
        peak_a=round(float(current[line]), 3),
        entry=at in entries,
    )


def _entries(network: Network, stretch: Stretch, entries: frozenset[int], given: tuple[Catalogue, float]) -> tuple[Entry, ...]:
    """
    Return the entries of customers at joints of the stretch that have no line of their own in it: one cable each, from joint to meter.
    """
    tables, growth = given
    own = {stretch.far[at] for at in entries}
    length = tables.rules["wall_max_m"]
    found = []
    for bus in dict.fromkeys((*stretch.far,)):
        count = customers_at(network, bus)
        if bus in own or not count:
            continue
        here = network.loads.in_service & (network.loads.bus == bus)
        kva = float(np.hypot(network.loads.p_kw[here], network.loads.q_kvar[here]).max()) * (1 + growth)
        amps = kva / (np.sqrt(3) * tables.rules["customer_nominal_kv"])
        fitting = [
            kind
            for kind in tables.cables
            if kind.ampacity_a["wall"] * tables.factor("wall", "temperature", tables.laying["wall"].temperature_c) >= amps
        ]
        if not fitting:
            raise MissingRow(
                N_("The table of parts has no %(role)s for %(rating)s. Add a row or split the load."), role="cable", rating=f"{amps:.0f}"
            )
        kind = min(fitting, key=lambda kind: (tables.price(kind.code).unit_price_yuan, kind.code))
        found.append(
            Entry(
                bus_id=int(network.buses.id[bus]),
                bus_name=network.buses.name[bus],
                customers=count,
                length_m=count * length,
                code=kind.code,
            )
        )
    return tuple(found)


def _items(sections: Sequence[NewSection], entries: Sequence[Entry], stretch: Stretch, tables: Catalogue) -> Iterator[Item]:
    """
    Yield what the works need: cable, trench, ends; a branch box at every joint that goes on; the entries; the old line's removal.
    """
    reserve = tables.rules["end_reserve_m"]
    for section in sections:
        yield section.code, Decimal(int(np.ceil(round(section.length_m + 2 * reserve, 6)))), GRID
        yield f"lay-{section.method}", Decimal(str(section.length_m)), GRID
        yield tables.part("termination", section.section_mm2).code, Decimal(2), GRID
        yield "cable-removal", Decimal(str(section.length_m)), GRID
    for _ in {*stretch.near, *(bus for at, bus in enumerate(stretch.far) if not sections[at].entry)} - {stretch.root}:
        yield tables.part("at_line").code, Decimal(1), GRID
    for entry in entries:
        kind = next(kind for kind in tables.cables if kind.code == entry.code)
        yield entry.code, Decimal(int(np.ceil(entry.length_m))), METER
        yield "lay-wall", Decimal(str(round(entry.length_m, 2))), METER
        yield tables.part("termination", kind.section_mm2).code, Decimal(2 * entry.customers), METER
    yield "commissioning", Decimal(1), GRID
