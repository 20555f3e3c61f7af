"""
Short circuit and protection at a new low-voltage point (IEC 60909-0, simplified; TN system).

Greatest three-phase current Ik3 = c_max · Un / (√3 · |Z1|); least single-phase current at the end of the new cable
Ik1 = √3 · c_min · Un / |2 Z1 + Z0|. Z1 is the grid's (Un² / S″k), the transformer's and the lines' on the closed way from the busbar;
conductors are at
20 °C for the greatest and warm (``fault_resistance_factor``) for the least. Z0 of transformers and four-wire lines is Z1 times a factor
of the
rules; the grid above a Dyn transformer adds none. A loop is taken by its shorter way alone, which makes the least current smaller: the
safe side.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from tongdian.engines.grid import Network
from tongdian.engines.supply._areas import Areas
from tongdian.engines.supply._catalogue import Catalogue
from tongdian.engines.supply._checks import single_check
from tongdian.engines.supply._facts import Check, Protection
from tongdian.engines.supply._sizing import ADIABATIC
from tongdian.engines.supply._values import Cable
from tongdian.engines.supply._way.graph import Ways, cheapest_ways

SOURCE = "IEC 60909-0, simplified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """
    The way from a transformer's busbar to a point: impedances in ohm of its lines (cold), of transformer and grid, and what protects it.
    """

    lines: complex
    transformer: complex
    base_kv: float
    upstream_a: float


class Faults:
    """
    Short-circuit impedances in the areas of one network; one search per area.
    """

    def __init__(self, network: Network, areas: Areas, catalogue: Catalogue) -> None:
        self.network, self.areas, self.catalogue = network, areas, catalogue
        self._areas: dict[int, tuple[list[int], Ways]] = {}

    def way(self, bus: int) -> Way:
        """
        Return the way from the transformer to a bus (position).
        """
        network, station = self.network, int(self.areas.transformer[bus])
        rows = network.transformers
        base_kv = float(network.buses.nominal_kv[bus])
        closed, ways = self._area(bus)
        edges = [closed[edge] for edge in ways.to(bus)[1] if edge < len(closed)]
        vk, vkr = rows.vk_percent[station] / 100, rows.vkr_percent[station] / 100
        ohm = rows.rated_lv_kv[station] ** 2 / (rows.rated_kva[station] * rows.parallel[station] / 1000)
        board_a = float(rows.rated_kva[station] * rows.parallel[station] / (math.sqrt(3) * rows.rated_lv_kv[station]))
        ratings = [float(network.lines.rated_a[line] * network.lines.derating[line] * network.lines.parallel[line]) for line in edges]
        return Way(
            lines=sum((self._ohm(line) for line in edges), 0j),
            transformer=complex(vkr, math.sqrt(max(vk**2 - vkr**2, 0.0))) * float(ohm),
            base_kv=base_kv,
            upstream_a=min([board_a, *ratings]),
        )

    def _area(self, bus: int) -> tuple[list[int], Ways]:
        key = int(self.areas.area[bus])
        if key not in self._areas:
            self._areas[key] = self._search(key, int(self.network.transformers.lv_bus[int(self.areas.transformer[bus])]))
        return self._areas[key]

    def _search(self, key: int, busbar: int) -> tuple[list[int], Ways]:
        lines, switches = self.network.lines, self.network.switches
        closed = np.flatnonzero(self.areas.lines_closed & (self.areas.area[lines.from_bus] == key)).tolist()
        edges = [(int(lines.from_bus[at]), int(lines.to_bus[at])) for at in closed]
        inside = self.areas.area[switches.bus] == key
        ties = [at for at in np.flatnonzero(inside & switches.closed).tolist() if switches.kind[at] == "bus"]
        edges += [(int(switches.bus[at]), int(switches.element[at])) for at in ties]
        weights = [abs(self._ohm(line)) for line in closed] + [0.0] * len(ties)
        return closed, cheapest_ways(len(self.network.buses), edges, weights, busbar)

    def _ohm(self, line: int) -> complex:
        lines = self.network.lines
        return complex(lines.r_ohm_per_km[line], lines.x_ohm_per_km[line]) * float(lines.length_m[line] / 1000 / lines.parallel[line])


def find_protection(way: Way, cable: Cable, catalogue: Catalogue) -> Protection:
    """
    Return the fault currents at a point and at the end of the new cable, and the device that must clear them.
    """
    rules = catalogue.rules
    grid_max, grid_min = (complex(0, way.base_kv**2 / rules[f"medium_fault_mva_{which}"]) for which in ("max", "min"))
    most = rules["low_short_circuit_c_max"] * way.base_kv * 1000 / math.sqrt(3)
    cold = complex(cable.r_ohm_per_km, cable.x_ohm_per_km) * (cable.length_m / 1000 / cable.parallel)
    at_point = grid_max + way.transformer + way.lines
    warm = complex(way.lines.real * rules["fault_resistance_factor"], way.lines.imag) + cold  # the new cable's resistance is warm already
    first = grid_min + way.transformer + warm
    zero = way.transformer * rules["transformer_zero_sequence_factor"] + warm * rules["line_zero_sequence_factor"]
    least = math.sqrt(3) * rules["low_short_circuit_c_min"] * way.base_kv * 1000 / abs(2 * first + zero)
    ratings = sorted(part.rating for part in catalogue.parts if part.role == "breaker")
    upstream = max((rating for rating in ratings if rating <= way.upstream_a), default=ratings[0])
    return Protection(
        breaker_a=cable.breaker_a,
        trip_a=round(cable.breaker_a * rules["instantaneous_ratio"], 3),
        ik3_max_point_a=round(most / abs(at_point), 1),
        ik3_max_site_a=round(most / abs(at_point + cold), 1),
        ik1_min_site_a=round(least, 1),
        upstream_a=float(upstream),
        upstream_assumed=True,
        grounding_zh="中性线重复接地，TN-C-S",
        grounding_en="neutral earthed again at the building, TN-C-S",
        grounding_ohm=rules["grounding_ohm"],
        source=SOURCE,
        standing="calculated",
    )


def protection_checks(found: Protection, cable: Cable, point: tuple[str, int | None, str], catalogue: Catalogue) -> tuple[Check, ...]:
    """
    Return the checks of protection. They are not the network's: unless broken, none of them is told as the binding one.

    The grading is told only, as the device above is taken from the rating of the lines: networks rarely say it.
    """
    rules = catalogue.rules
    element = ("cable", None, cable.code)
    needed_a = round(found.trip_a * rules["disconnection_factor"], 3)
    conductor = next(kind.conductor for kind in catalogue.cables if kind.code == cable.code)
    section = round(found.ik3_max_point_a * math.sqrt(rules["low_fault_clearing_s"]) / ADIABATIC[conductor], 3)
    ratio, own = rules["grading_ratio"], round(found.upstream_a / found.breaker_a, 6)
    strong = rules["breaker_ka"]
    fault_ka = round(found.ik3_max_point_a / 1000, 6)
    graded = single_check("grading", element, own, ratio, sign=-1, span=max(own, ratio), before=own)
    return (
        single_check(
            "disconnection",
            element,
            found.ik1_min_site_a,
            needed_a,
            sign=-1,
            span=max(found.ik1_min_site_a, needed_a),
            before=found.ik1_min_site_a,
            unit="A",
        ),
        single_check(
            "short_circuit",
            element,
            cable.section_mm2,
            section,
            sign=-1,
            span=max(cable.section_mm2, section),
            before=cable.section_mm2,
            unit="mm²",
        ),
        single_check("breaking_capacity", point, fault_ka, strong, sign=1, span=strong, before=fault_ka, unit="kA"),
        _told(graded),
    )


def _told(check: Check) -> Check:
    return replace(check, decides=False)
