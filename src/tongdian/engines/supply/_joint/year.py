"""
A joint design over the whole year: every box and every member with its own cable, all at once; and complaints about low voltage.

The members of a group together take what their devices together take at a time; then each member in turn takes its full power while
the others share the rest, at the step in which its voltage is lowest. A motor behind a member's cable starts from the voltage that the
group's heaviest start leaves at the box, less the drop of its starting power along that cable.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tongdian.engines import grid
from tongdian.engines.grid import Network
from tongdian.engines.supply._areas import find_areas
from tongdian.engines.supply._checks import Case, is_feasible, network_checks, single_check, voltage_limits
from tongdian.engines.supply._demand import Power, Request, understand
from tongdian.engines.supply._facts import Check
from tongdian.engines.supply._joint.in_turn import Ground, Made, Turn, bill_of, changes_at, nearest_point, priced
from tongdian.engines.supply._joint.values import Complaint, Group, Settled
from tongdian.engines.supply._known import Known, know
from tongdian.engines.supply._protection import Faults, find_protection, protection_checks
from tongdian.engines.supply._sizing import drop
from tongdian.engines.supply._study import Island, Study, behind_cable, extremes, next_ids, position
from tongdian.engines.supply._values import Application, Cable, Reservation

MOST_REPAIRS = 8  # changes tried for one group, the cheapest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """
    The checks of a design over the whole year, and what became of the complaints.
    """

    checks: tuple[Check, ...]
    complaints: tuple[Settled, ...]


@dataclass(slots=True, kw_only=True)
class _Grown:
    """
    An island with everything new in it; ``members``: buses (positions), full powers and the groups they belong to.
    """

    network: Network
    loads: list[grid.ExtraLoad]
    members: list[tuple[int, Power, int]]


def confirm_design(groups: Sequence[Group], applications: Sequence[Application], network: Network, ground: Ground) -> tuple[Check, ...]:
    """
    Return the checks of the whole design: of every island that a group is connected to, over every step of the year.

    :param network: with all changes made
    :param ground: what was held before any of the groups, tables and limits
    """
    requests = {one.reference: understand(one, ground.catalogue) for one in applications}
    known = know(network)
    areas = known.areas
    checks: list[Check] = []
    at = {group.hub: position(network.buses, group.option.bus_id) for group in groups}
    for key in sorted({int(areas.island[bus]) for bus in at.values()}):
        here = [group for group in groups if int(areas.island[at[group.hub]]) == key]
        study = Study(known, ground.held, requests[here[0].members[0]])
        checks += _island_checks(study, study.island(at[here[0].hub]), here, requests, ground)
    checks += _protections(groups, known, ground)
    return tuple(checks)


def _island_checks(study: Study, island: Island, groups: Sequence[Group], requests: dict[str, Request], ground: Ground) -> list[Check]:
    limits = ground.limits
    grown = _grow(island, groups, requests)
    new = np.array([bus for bus, _, _ in grown.members], dtype=np.int64)
    case = Case(
        network=grown.network,
        points=np.unique(np.append(island.points, new)),
        before=island.before,
        after=extremes(grid.run_extremes(grown.network, (*island.reserved, *grown.loads))),
        limits=limits,
        catalogue=ground.catalogue,
        moment=study.moment,
    )
    checks = list(network_checks(case))
    low = voltage_limits(grown.network, limits, ground.catalogue)[0]
    span = limits.voltage_max_pu - limits.voltage_min_pu
    for place, (bus, power, group) in enumerate(grown.members):
        step, found = int(case.after.voltage_min_step[bus]), case.after
        if grown.loads[place].p_kw < power.p_kw - 1e-9:  # with diversity: once with its own full power
            others = _with_full(grown, place, group)
            found = extremes(grid.run_year(grown.network, (*island.reserved, *others), steps=np.array([step])))
        element = ("site", None, grown.network.buses.name[bus])
        value, when = float(found.voltage_min[bus]), {"step": step, "moment": study.moment(step), "unit": "pu"}
        checks.append(single_check("voltage_min", element, value, float(low[bus]), sign=-1, span=span, **when))
    for each in groups:
        checks += _starts(each, requests, ground)
    return checks


def _protections(groups: Sequence[Group], known: Known, ground: Ground) -> Iterator[Check]:
    """
    Yield the protection checks of every member's own cable: behind the way to the box, which the shared cable lengthens.
    """
    faults = Faults(known.network, known.areas, ground.catalogue)
    for group in groups:
        way = faults.way(position(known.network.buses, group.option.bus_id))
        shared = group.option.cable
        ohm = complex(shared.r_ohm_per_km, shared.x_ohm_per_km) * (shared.length_m / 1000 / shared.parallel)
        behind = replace(way, lines=way.lines + ohm, upstream_a=min(way.upstream_a, shared.breaker_a))
        for spoke in group.spokes:
            found = find_protection(behind, spoke.cable, ground.catalogue)
            point = ("site", None, spoke.reference)
            for check in protection_checks(found, spoke.cable, point, ground.catalogue):
                yield replace(check, element_kind="site", element_name=spoke.reference)


def _starts(group: Group, requests: dict[str, Request], ground: Ground) -> Iterator[Check]:
    start, rules = group.option.start, ground.catalogue.rules
    ratio = rules["customer_nominal_kv"] / group.plan.nominal_kv
    for spoke in group.spokes if start is not None else ():
        starting = requests[spoke.reference].start
        if starting is None or start is None:
            continue
        cable = spoke.cable
        fall = requests[spoke.reference].return_factor * drop(
            starting.starting,
            length_m=cable.length_m,
            r_ohm_per_km=cable.r_ohm_per_km,
            x_ohm_per_km=cable.x_ohm_per_km,
            parallel=cable.parallel,
            nominal_kv=rules["customer_nominal_kv"],
        )
        lowest = round(rules["start_voltage_often" if starting.often else "start_voltage_rare"] * ratio, 9)
        span = ground.limits.voltage_max_pu - lowest
        when = {"step": start.step, "moment": start.moment, "unit": "pu", "before": start.site_before_pu}
        yield single_check(
            "start_voltage", ("site", None, spoke.reference), start.site_pu - fall * ratio, lowest, sign=-1, span=span, **when
        )


def _with_full(grown: _Grown, place: int, group: int) -> list[grid.ExtraLoad]:
    """
    Return the loads with one member at full power and the others of its group sharing what is left.
    """
    own = grown.members[place][1]
    mates = [at for at, member in enumerate(grown.members) if member[2] == group]
    total = sum(grown.loads[at].p_kw for at in mates)
    rest = total - grown.loads[place].p_kw
    factor = max(total - own.p_kw, 0.0) / rest if rest > 0 else 0.0
    loads = list(grown.loads)
    for at in mates:
        loads[at] = replace(loads[at], p_kw=loads[at].p_kw * factor, q_kvar=loads[at].q_kvar * factor)
    loads[place] = replace(loads[place], p_kw=own.p_kw, q_kvar=own.q_kvar)
    return loads


def _grow(island: Island, groups: Sequence[Group], requests: dict[str, Request]) -> _Grown:
    grown = _Grown(network=island.network, loads=[], members=[])
    for number, group in enumerate(groups):
        begin = position(grown.network.buses, group.option.bus_id)
        factor = _return_factor([requests[name] for name in group.members])
        box = _add(grown, begin, group.option.cable, group.hub, factor)
        if not group.spokes:
            _load(grown, box, requests[group.members[0]].load, 1.0, number)
            continue
        full = sum(requests[name].load.p_kw for name in group.members)
        share = min(1.0, group.plan.reserve_kw / full)
        for spoke in group.spokes:
            request = requests[spoke.reference]
            _load(grown, _add(grown, box, spoke.cable, spoke.reference, request.return_factor), request.load, share, number)
    return grown


def _return_factor(requests: Sequence[Request]) -> float:
    """
    Return 2 where a group's current flows back in the neutral: single-phase devices that do not fill the phases evenly.
    """
    single = sum(device.count for request in requests for device in request.application.devices if device.phases == 1)
    return 2.0 if single % 3 else 1.0


def _load(grown: _Grown, bus: int, power: Power, share: float, group: int) -> None:
    grown.loads.append(grid.ExtraLoad(bus=bus, p_kw=power.p_kw * share, q_kvar=power.q_kvar * share))
    grown.members.append((bus, power, group))


def _add(grown: _Grown, begin: int, cable: Cable, name: str, return_factor: float) -> int:
    """
    Add a bus behind a new cable; return its position.
    """
    at, nowhere = len(grown.network.buses), (float("nan"), float("nan"))
    grown.network = behind_cable(
        grown.network, begin, cable, name=name, place=nowhere, return_factor=return_factor, ids=next_ids(grown.network)
    )
    return at


def settle_complaints(
    complaints: Sequence[Complaint], groups: Sequence[Group], turn: Turn, ground: Ground, applications: Sequence[Application]
) -> tuple[list[Made], Confirmed]:
    """
    Return the changes that complaints still need when all groups are connected, and the checks of the design with them.

    A complaint is settled by the cheapest change of its area after which its voltage holds and the whole design still does.
    """
    made: list[Made] = []
    design = _Design(groups=groups, applications=applications, ground=ground)
    checks = design.checks(turn.network)
    settled = []
    for one in complaints:
        bus = nearest_point(ground.network, (one.site_lon, one.site_lat))
        before = _lowest(ground.network, bus, ground.held)
        after, limit = _lowest(turn.network, bus, turn.held), ground.limits.voltage_min_pu
        if after < limit and applications:
            after, checks = _cure(one, bus, turn, made, design)
        settled.append(
            Settled(
                reference=one.reference,
                bus_id=int(ground.network.buses.id[bus]),
                bus_name=ground.network.buses.name[bus],
                before_pu=round(before, 9),
                after_pu=round(after, 9),
                limit_pu=limit,
                settled=after >= limit,
            )
        )
    return made, Confirmed(checks=checks, complaints=tuple(settled))


def _lowest(network: Network, bus: int, held: Sequence[Reservation]) -> float:
    """
    Return the lowest voltage of the year at a bus, all reservations counted.
    """
    areas = find_areas(network)
    part = grid.take_buses(network, areas.island == areas.island[bus])
    inside = set(part.buses.id.tolist())
    loads = [grid.ExtraLoad(bus=position(part.buses, one.bus_id), p_kw=one.p_kw, q_kvar=one.q_kvar) for one in held if one.bus_id in inside]
    year = grid.run_extremes(part, loads)
    return float(year.voltage_min_pu[position(part.buses, int(network.buses.id[bus]))])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Design:
    """
    The groups as they are connected, to be checked on one network after another.
    """

    groups: Sequence[Group]
    applications: Sequence[Application]
    ground: Ground

    def checks(self, network: Network) -> tuple[Check, ...]:
        """
        Return the checks of the whole design on a network.
        """
        return confirm_design(self.groups, self.applications, network, self.ground)


def _cure(complaint: Complaint, bus: int, turn: Turn, made: list[Made], design: _Design) -> tuple[float, tuple[Check, ...]]:
    """
    Make the cheapest change after which a complaint is settled and the design holds; return the voltage then and the checks.
    """
    tables, limit = design.ground.catalogue, design.ground.limits.voltage_min_pu
    transformer = int(turn.network.transformers.id[find_areas(turn.network).transformer[bus]])
    identifier = int(turn.network.buses.id[bus])
    payer = design.applications[0]
    for _, _, change in priced(changes_at(turn.network, transformer, identifier, tables), payer, tables):
        after = _lowest(change.network, bus, turn.held)
        if after < limit:
            continue
        tried = design.checks(change.network)
        if is_feasible(tried):
            materials, total = bill_of(change, payer, tables)
            turn.network = change.network
            made.append(Made(change=change, wanted_by=(complaint.reference,), materials=materials, total_yuan=total))
            return after, tried
    return _lowest(turn.network, bus, turn.held), design.checks(turn.network)


def repair(
    groups: Sequence[Group], turn: Turn, ground: Ground, applications: Sequence[Application], confirmed: Confirmed
) -> tuple[list[Made], Confirmed]:
    """
    Return the changes that make the whole design hold, one area after another, and its checks then; none where none does.

    Each group was confirmed when it was connected; what came after it may have lowered the voltage at its members again.
    """
    design = _Design(groups=groups, applications=applications, ground=ground)
    made: list[Made] = []
    checks = confirmed.checks
    payer, names = applications[0], tuple(name for group in groups for name in group.members)
    for group in sorted(groups, key=lambda group: -group.plan.reserve_kw):
        broken = _broken(checks)
        if not broken:
            break
        assert group.option.transformer_id is not None
        options = priced(
            changes_at(turn.network, group.option.transformer_id, group.option.bus_id, ground.catalogue), payer, ground.catalogue
        )
        for _, _, change in options[:MOST_REPAIRS]:
            tried = design.checks(change.network)
            if len(_broken(tried)) < len(broken):
                materials, total = bill_of(change, payer, ground.catalogue)
                made.append(Made(change=change, wanted_by=names, materials=materials, total_yuan=total))
                turn.network, checks = change.network, tried
                break
    return made, Confirmed(checks=checks, complaints=confirmed.complaints)


def _broken(checks: Sequence[Check]) -> list[Check]:
    return [check for check in checks if check.decides and not check.passed]
