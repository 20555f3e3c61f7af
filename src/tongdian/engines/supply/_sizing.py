"""
Which cables hold: ampacity as laid, protection, and voltage drop along the new cable.

Ampacity = table value × temperature factor × grouping factor, the least over the ways of laying of the route. A cable holds when
I_B ≤ I_n ≤ I_z (IEC 60364-4-43, 433.1: design current, breaker, ampacity of all parallel cables) and when
ΔU = √3 · I_B · L · (R cos φ + X sin φ) / U_n stays below the rule ``service_drop``, with R at the conductor's highest temperature;
twice that where a single-phase load returns in the neutral.
"""

import math

from tongdian.engines.supply._catalogue import CableType, Catalogue
from tongdian.engines.supply._demand import Power, Request
from tongdian.engines.supply._values import Cable, Route

ADIABATIC = {"copper": 143.0, "aluminium": 94.0}  # A·√s/mm², XLPE from 90 to 250 °C, IEC 60949
LAID_LIKE = {"road": "buried"}  # under an opened road a cable lies in soil
TEMPERATURE_COEFFICIENT = {"copper": 0.00393, "aluminium": 0.00403}  # per kelvin at 20 °C, IEC 60287-1-1


def resistance_ohm_per_km(cable: CableType, conductor_c: float) -> float:
    """
    Return the resistance at a conductor temperature: R20 · (1 + α · (θ − 20)), IEC 60287-1-1.
    """
    return cable.r20_ohm_per_km * (1 + TEMPERATURE_COEFFICIENT[cable.conductor] * (conductor_c - 20))


def ampacity_a(cable: CableType, route: Route, parallel: int, catalogue: Catalogue) -> float:
    """
    Return what one of the parallel cables carries along the whole route.
    """
    found = []
    for method in sorted({segment.method for segment in route.segments}):
        laying = catalogue.laying[method]
        together = parallel + (laying.neighbours if any(s.on_corridor for s in route.segments if s.method == method) else 0)
        like = LAID_LIKE.get(method, method)
        temperature = catalogue.factor(like, "temperature", laying.temperature_c)
        found.append(cable.ampacity_a[like] * temperature * catalogue.factor(like, "grouping", together))
    return min(found)


def drop(power: Power, *, length_m: float, r_ohm_per_km: float, x_ohm_per_km: float, parallel: int, nominal_kv: float) -> float:
    """
    Return the voltage drop along a cable as a fraction of nominal voltage: (P R + Q X) / U², all three phases alike.
    """
    ohm = length_m / 1000 / parallel
    return (power.p_kw * r_ohm_per_km + power.q_kvar * x_ohm_per_km) * ohm / (nominal_kv**2 * 1000)


def electric_length_m(route: Route, catalogue: Catalogue) -> float:
    """
    Return the length of the cable as the network sees it: the route, at least the rule ``service_min_m``.
    """
    return max(route.length_m, catalogue.rules["service_min_m"])


def find_cables(request: Request, route: Route, catalogue: Catalogue) -> tuple[Cable, ...]:
    """
    Return all cables that hold on a route, alone or in parallel, cheapest first; of equal price the one with less resistance.

    If none holds, return only the one with the least drop, so that the plan can name what is broken.

    :raises MissingRow: if no breaker is large enough
    """
    breaker_a = catalogue.part("breaker", request.current_a(request.load, catalogue.rules["customer_nominal_kv"])).rating
    cables = [
        _as_laid(request, route, catalogue, (cable, parallel, breaker_a))
        for cable in catalogue.cables
        for parallel in range(1, int(catalogue.rules["parallel_max"]) + 1)
    ]
    holding = [c for c in cables if c.ampacity_a * c.parallel >= breaker_a and c.drop <= catalogue.rules["service_drop"]]
    if not holding:
        return (min(cables, key=lambda cable: (cable.drop, cable.code)),)
    ordered = sorted(holding, key=lambda c: (cable_price(c, route, catalogue), c.r_ohm_per_km / c.parallel, c.code))
    return tuple(ordered)


def _as_laid(request: Request, route: Route, catalogue: Catalogue, choice: tuple[CableType, int, float]) -> Cable:
    cable, parallel, breaker_a = choice
    rules = catalogue.rules
    length = electric_length_m(route, catalogue)
    r_ohm = resistance_ohm_per_km(cable, rules["conductor_c"])
    fall = drop(
        request.load,
        length_m=length,
        r_ohm_per_km=r_ohm,
        x_ohm_per_km=cable.x_ohm_per_km,
        parallel=parallel,
        nominal_kv=rules["customer_nominal_kv"],
    )
    return Cable(
        code=cable.code,
        name_zh=cable.name_zh,
        name_en=cable.name_en,
        parallel=parallel,
        section_mm2=cable.section_mm2,
        length_m=round(length, 2),
        ampacity_a=round(ampacity_a(cable, route, parallel, catalogue), 3),
        design_current_a=round(request.current_a(request.load, rules["customer_nominal_kv"]), 3),
        breaker_a=breaker_a,
        drop=round(request.return_factor * fall, 6),
        r_ohm_per_km=round(r_ohm, 6),
        x_ohm_per_km=cable.x_ohm_per_km,
    )


def cable_price(cable: Cable, route: Route, catalogue: Catalogue) -> float:
    """
    Return what a cable costs in yuan where it differs from others: by the metre, its ends, the laying of parallel ones.
    """
    metres = cable_metres(route, cable.parallel, catalogue)
    ends = 2 * cable.parallel * float(catalogue.price(catalogue.part("termination", cable.section_mm2).code).unit_price_yuan)
    further = (cable.parallel - 1) * route.length_m * float(catalogue.price("lay-further").unit_price_yuan)
    return metres * float(catalogue.price(cable.code).unit_price_yuan) + ends + further


def cable_metres(route: Route, parallel: int, catalogue: Catalogue) -> int:
    """
    Return the cable to order in whole metres: length and a reserve at both ends, for every parallel cable.
    """
    each = electric_length_m(route, catalogue) + 2 * catalogue.rules["end_reserve_m"]
    return parallel * math.ceil(round(each, 6))
