"""
Cables at 10 kV: ampacity, voltage drop and short-circuit strength; short-circuit currents of a network with stiff sources.

Greatest short-circuit current Ik = c · Un / (√3 · |Z|) (IEC 60909-0, three-phase, c of the rule ``short_circuit_c``), Z the way of
least impedance from a source to the point, also through an open point: the grid above is taken as infinitely strong, which is the
safe side. A cable needs the cross-section S ≥ Ik · √t / k (adiabatic, IEC 60949).
"""

import math
from dataclasses import dataclass

import numpy as np

from tongdian.engines.grid import Network
from tongdian.engines.supply._catalogue import CableType, Catalogue
from tongdian.engines.supply._checks import single_check
from tongdian.engines.supply._demand import Request
from tongdian.engines.supply._facts import Check
from tongdian.engines.supply._sizing import ADIABATIC, ampacity_a, cable_price, drop, electric_length_m, resistance_ohm_per_km
from tongdian.engines.supply._values import Cable, Route
from tongdian.engines.supply._way.graph import cheapest_ways


def short_circuit_ka(network: Network, bus: int, catalogue: Catalogue) -> float:
    """
    Return the greatest three-phase short-circuit current at a bus (position) in kA; 0 where no source is connected.
    """
    lines, transformers, switches, buses = network.lines, network.transformers, network.switches, network.buses
    running, wound = np.flatnonzero(lines.in_service).tolist(), np.flatnonzero(transformers.in_service).tolist()
    joined = [at for at, kind in enumerate(switches.kind) if kind == "bus" and switches.closed[at]]
    edges = [(int(lines.from_bus[i]), int(lines.to_bus[i])) for i in running]
    edges += [(int(transformers.hv_bus[i]), int(transformers.lv_bus[i])) for i in wound]
    edges += [(int(switches.bus[i]), int(switches.element[i])) for i in joined]
    base_kv = buses.nominal_kv
    ohm = [_conductor(network, line) for line in running]  # in per unit of 1 MVA: the same on both sides of a transformer
    ohm += [_winding(network, i) for i in wound] + [0j] * len(joined)
    best = math.inf
    for source in network.sources.bus[network.sources.in_service].tolist():
        ways = cheapest_ways(len(buses), edges, [abs(z) for z in ohm], source)
        if math.isfinite(ways.cost[bus]):
            best = min(best, abs(sum((ohm[edge] for edge in ways.to(bus)[1]), 0j)))
    if not 0 < best < math.inf:
        return 0.0
    return float(catalogue.rules["short_circuit_c"] / best / (math.sqrt(3) * base_kv[bus]))


def _conductor(network: Network, at: int) -> complex:
    """
    Return a line's impedance in per unit of 1 MVA.
    """
    lines = network.lines
    ohm = complex(lines.r_ohm_per_km[at], lines.x_ohm_per_km[at]) * float(lines.length_m[at] / 1000 / lines.parallel[at])
    return ohm / float(network.buses.nominal_kv[lines.from_bus[at]]) ** 2


def _winding(network: Network, at: int) -> complex:
    """
    Return a transformer's impedance in per unit of 1 MVA and of the nominal voltage of its low-voltage bus.
    """
    rows = network.transformers
    vk, vkr = rows.vk_percent[at] / 100, rows.vkr_percent[at] / 100
    ratio = (rows.rated_lv_kv[at] / network.buses.nominal_kv[rows.lv_bus[at]]) ** 2
    return complex(vkr, math.sqrt(vk**2 - vkr**2)) * float(ratio / (rows.rated_kva[at] * rows.parallel[at] / 1000))


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """
    What a cable must stand at its connection point: design current, short-circuit current; and the nominal voltage there.
    """

    current_a: float
    fault_ka: float
    nominal_kv: float


def find_medium_cables(request: Request, route: Route, need: Need, catalogue: Catalogue) -> tuple[Cable, ...]:
    """
    Return all cables that hold on a route, cheapest first; if none holds, only the one with the least drop.
    """
    rules = catalogue.rules
    all_cables = [
        as_laid(request, route, catalogue, (kind, parallel), need)
        for kind in catalogue.cables
        for parallel in range(1, int(rules["parallel_max"]) + 1)
    ]
    holding = [
        cable
        for cable in all_cables
        if cable.ampacity_a * cable.parallel >= need.current_a
        and cable.drop <= rules["service_drop"]
        and cable.section_mm2 >= needed_mm2(cable, need.fault_ka, catalogue)
    ]
    if not holding:
        return (min(all_cables, key=lambda cable: (cable.drop, cable.code)),)
    return tuple(sorted(holding, key=lambda c: (cable_price(c, route, catalogue), c.r_ohm_per_km / c.parallel, c.code)))


def needed_mm2(cable: Cable, fault_ka: float, catalogue: Catalogue) -> float:
    """
    Return the cross-section that a short circuit needs; each of several parallel cables must stand it alone.
    """
    conductor = next(kind.conductor for kind in catalogue.cables if kind.code == cable.code)
    return fault_ka * 1000 * math.sqrt(catalogue.rules["fault_clearing_s"]) / ADIABATIC[conductor]


def strength_checks(network: Network, bus: int, cable: Cable, fault_ka: float, catalogue: Catalogue) -> tuple[Check, ...]:
    """
    Return the checks of cable and switchgear at the connection point; a short circuit is the same before and after.
    """
    rules = catalogue.rules
    needed, section = round(needed_mm2(cable, fault_ka, catalogue), 6), cable.section_mm2
    fall, strong, way_a = rules["service_drop"], rules["switchgear_ka"], rules["unit_way_a"]
    element = ("cable", None, cable.code)
    place = ("bus", int(network.buses.id[bus]), network.buses.name[bus])
    return (
        single_check("service_drop", element, cable.drop, fall, sign=1, span=fall),
        single_check("short_circuit", element, section, needed, sign=-1, span=max(needed, section), before=section, unit="mm²"),
        single_check("unit_way", element, cable.design_current_a, way_a, sign=1, span=way_a, unit="A"),
        single_check("switchgear", place, fault_ka, strong, sign=1, span=strong, before=round(fault_ka, 9), unit="kA"),
    )


def as_laid(request: Request, route: Route, catalogue: Catalogue, choice: tuple[CableType, int], need: Need) -> Cable:
    """
    Return so many cables of one type beside each other on a route, with ampacity and drop there.
    """
    cable, parallel = choice
    length = electric_length_m(route, catalogue)
    r_ohm = resistance_ohm_per_km(cable, catalogue.rules["conductor_c"])
    fall = drop(
        request.load, length_m=length, r_ohm_per_km=r_ohm, x_ohm_per_km=cable.x_ohm_per_km, parallel=parallel, nominal_kv=need.nominal_kv
    )
    return Cable(
        code=cable.code,
        name_zh=cable.name_zh,
        name_en=cable.name_en,
        parallel=parallel,
        section_mm2=cable.section_mm2,
        length_m=round(length, 2),
        ampacity_a=round(ampacity_a(cable, route, parallel, catalogue), 3),
        design_current_a=round(need.current_a, 3),
        breaker_a=0.0,
        drop=round(fall, 6),
        r_ohm_per_km=round(r_ohm, 6),
        x_ohm_per_km=cable.x_ohm_per_km,
    )
