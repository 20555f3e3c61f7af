"""
Whether one connection point with one cable holds: first at the worst steps of the year before, then at every step.
"""

import copy
from dataclasses import dataclass, replace

from tongdian.engines.grid import Floats, Ints, Limits, Network
from tongdian.engines.supply._areas import Areas
from tongdian.engines.supply._candidates import low_voltage_kv
from tongdian.engines.supply._catalogue import Catalogue
from tongdian.engines.supply._checks import Case, Extremes, is_feasible, network_checks, single_check
from tongdian.engines.supply._demand import Request
from tongdian.engines.supply._facts import Balance, Check, Protection
from tongdian.engines.supply._known import know
from tongdian.engines.supply._phases import look_at_phases
from tongdian.engines.supply._protection import Faults, find_protection, protection_checks
from tongdian.engines.supply._study import Island, Study, extremes
from tongdian.engines.supply._values import Cable, Reservation, Start
from tongdian.engines.supply._way.plane import Courses


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """
    What stays the same for all connection points of a plan.
    """

    network: Network
    areas: Areas
    courses: Courses
    request: Request
    catalogue: Catalogue
    limits: Limits
    study: Study
    faults: Faults


def set_up(
    request: Request, network: Network, reservations: tuple[Reservation, ...], catalogue: Catalogue, limits: Limits | None
) -> Setting:
    """
    Return what a request's connection points share, with what is known of the network; ``limits`` by default those at low voltage.
    """
    known = know(network)
    return Setting(
        network=network,
        areas=known.areas,
        courses=known.courses,
        request=request,
        catalogue=catalogue,
        limits=limits or catalogue.limits(low_voltage_kv(network)),
        study=Study(known, reservations, request),
        faults=Faults(network, known.areas, catalogue),
    )


def asking(setting: Setting, request: Request, *, shape: Floats | None = None) -> Setting:
    """
    Return the setting of another request, with a shape of its load over the year; what was run before stays known.
    """
    study = copy.copy(setting.study)
    study.request, study.shape = request, shape
    return replace(setting, request=request, study=study)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """
    The whole year at one connection point with one cable: the island with the site as its last bus, and its extremes without the losses.
    """

    island: Island
    network: Network
    checks: tuple[Check, ...]
    start: Start | None
    year: Extremes
    balance: Balance | None = None


def cable_checks(setting: Setting, cable: Cable, bus: int) -> tuple[Check, ...]:
    """
    Return what is known of the cable at a bus without any power flow: its drop, short circuit and protection.
    """
    limit = setting.catalogue.rules["service_drop"]
    drop = single_check("service_drop", ("cable", None, cable.code), cable.drop, limit, sign=1, span=limit)
    point = ("bus", int(setting.network.buses.id[bus]), setting.network.buses.name[bus])
    return (drop, *protection_checks(protection(setting, bus, cable), cable, point, setting.catalogue))


def protection(setting: Setting, bus: int, cable: Cable) -> Protection:
    """
    Return short circuit and protection of a cable at a bus.
    """
    return find_protection(setting.faults.way(bus), cable, setting.catalogue)


def collapse(setting: Setting, bus: int) -> Check:
    """
    Return the broken check of a connection point at which the power flow has no solution.
    """
    element = ("bus", int(setting.network.buses.id[bus]), setting.network.buses.name[bus])
    return single_check("power_flow", element, 0.0, 1.0, sign=-1, span=0.1)


def glance(setting: Setting, bus: int, cable: Cable) -> tuple[Check, ...]:
    """
    Return the checks at a few steps of an island whose year was not run yet, to leave out what is clearly broken; else none.
    """
    study = setting.study
    island = study.glimpse(bus)
    if island is None:
        return ()
    network = study.with_site(island, int(setting.network.buses.id[bus]), cable)
    found = extremes(study.run(island, network, setting.request.load, island.steps))
    return (*cable_checks(setting, cable, bus), *_network_checks(setting, island, network, found))


def is_clearly_broken(setting: Setting, checks: tuple[Check, ...]) -> bool:
    """
    Return whether something held at a few steps before and is beyond its limit now by more than a broken element may become worse.

    Then no other step can excuse it: one that was broken in another step would be made worse by more than is permitted as well.
    """
    rules = setting.catalogue.rules
    worse = {"pu": rules["worse_voltage_pu"], "1": rules["worse_loading"]}
    return any(
        check.decides and not check.passed and not check.broken_before and abs(check.value - check.limit) > worse.get(check.unit, 0.0)
        for check in checks
    )


def screen(setting: Setting, bus: int, cable: Cable) -> tuple[Check, ...]:
    """
    Return the checks at the worst steps of the year before. What is broken here is broken; what holds is not yet confirmed.
    """
    island = setting.study.island(bus)
    identifier = int(setting.network.buses.id[bus])
    network = setting.study.with_site(island, identifier, cable)
    return examine(setting, island, network, setting.study.worst_steps(island, identifier)).checks(cable_checks(setting, cable, bus))


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """
    What a network with the site shows over some steps or the whole year.
    """

    network_checks: tuple[Check, ...]
    start_checks: tuple[Check, ...]
    start: Start | None
    year: Extremes

    def checks(self, own: tuple[Check, ...]) -> tuple[Check, ...]:
        """
        Return all checks, those of the cable itself first.
        """
        return (*own, *self.network_checks, *self.start_checks)


def examine(setting: Setting, island: Island, network: Network, steps: Ints | None = None) -> Examined:
    """
    Return what a network that has the site as its last bus shows; motors are started only where the rest holds, or over the whole year.
    """
    year = extremes(setting.study.run(island, network, setting.request.load, steps))
    checks = _network_checks(setting, island, network, year)
    start = _start(setting, island, network, year) if steps is None or is_feasible(checks) else None
    return Examined(network_checks=checks, start_checks=_start_checks(setting, network, start), start=start, year=year)


def confirm(setting: Setting, bus: int, cable: Cable) -> Evaluation:
    """
    Return the checks over every step of the year.
    """
    study, identifier = setting.study, int(setting.network.buses.id[bus])
    island = study.island(bus)
    network = study.with_site(island, identifier, cable)
    found = examine(setting, island, network)
    phases = None
    if setting.request.is_unbalanced:
        phases = look_at_phases(setting.request, study, island, network, year=found.year, catalogue=setting.catalogue)
    return Evaluation(
        island=island,
        network=network,
        checks=(*found.checks(cable_checks(setting, cable, bus)), *(phases.checks if phases else ())),
        start=found.start,
        year=found.year,
        balance=phases.balance if phases else None,
    )


def _network_checks(setting: Setting, island: Island, network: Network, year: Extremes) -> tuple[Check, ...]:
    case = Case(
        network=network,
        points=island.points,
        before=island.before,
        after=year,
        limits=setting.limits,
        catalogue=setting.catalogue,
        moment=setting.study.moment,
    )
    return network_checks(case)


def _start(setting: Setting, island: Island, network: Network, year: Extremes) -> Start | None:
    return setting.study.start(island, network, int(year.voltage_min_step[-1]), setting.catalogue.rules["customer_nominal_kv"])


def _start_checks(setting: Setting, network: Network, start: Start | None) -> tuple[Check, ...]:
    if start is None:
        return ()
    rules, starting = setting.catalogue.rules, setting.request.start
    assert starting is not None
    per_model = rules["customer_nominal_kv"] / float(network.buses.nominal_kv[-1])
    lowest = round(rules["start_voltage_often" if starting.often else "start_voltage_rare"] * per_model, 9)
    when = {"step": start.step, "moment": start.moment}
    span = setting.limits.voltage_max_pu - lowest
    own = single_check(
        "start_voltage",
        ("site", None, network.buses.name[-1]),
        start.site_pu,
        lowest,
        sign=-1,
        span=span,
        before=start.site_before_pu,
        unit="pu",
        **when,
    )
    if start.neighbour_id is None:
        return (own,)
    limit = rules["start_dip"]
    element = ("bus", start.neighbour_id, start.neighbour_name)
    return own, single_check("start_dip", element, start.neighbour_dip, limit, sign=1, span=limit, **when)
