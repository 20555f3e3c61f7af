"""
The customer's own transformers at 10 kV, and what the network sees of them.
"""

import math
from dataclasses import replace

from tongdian.engines.supply._catalogue import Catalogue, MissingRow, TransformerType
from tongdian.engines.supply._demand import Power, Request
from tongdian.engines.supply._values import CustomerStation
from tongdian.kit.refused import N_

MOST_UNITS = 8


def choose_station(request: Request, catalogue: Catalogue) -> tuple[CustomerStation, Power]:
    """
    Return the customer's transformers and the power at their 10 kV side: the coincident power and their losses.

    Single supply: the fewest equal ones loaded to at most the rule ``customer_transformer_loading``. Dual supply: two or more, of
    which one may be out with the others at their nameplate. P = P0 + β² Pk and Q = (i0 + β² uk) · Sn per transformer.

    :raises MissingRow: if the standard row ends below what is needed
    """
    row = sorted(catalogue.transformers, key=lambda kind: kind.rated_kva)
    s_kva, dual = request.load.s_kva, request.application.supply == "dual"
    for count in range(2 if dual else 1, MOST_UNITS + 1):
        each = s_kva / (count - 1) if dual else s_kva / count / catalogue.rules["customer_transformer_loading"]
        fitting = next((kind for kind in row if kind.rated_kva >= each - 1e-9), None)
        if fitting is not None:
            loading = s_kva / fitting.rated_kva / (count - 1 if dual else count)
            station = CustomerStation(
                code=fitting.code,
                name_zh=fitting.name_zh,
                name_en=fitting.name_en,
                rated_kva=fitting.rated_kva,
                count=count,
                loading=round(loading, 6),
            )
            return station, _power(request.load, fitting, count)
    raise MissingRow(N_("The standard row of transformers has none for %(kva)s kVA. Add a row or split the load."), kva=f"{s_kva:.0f}")


def _power(load: Power, kind: TransformerType, count: int) -> Power:
    square = (load.s_kva / (kind.rated_kva * count)) ** 2
    p_kw = load.p_kw + count * (kind.no_load_w + square * kind.load_w) / 1000
    q_kvar = load.q_kvar + count * kind.rated_kva * (kind.no_load_percent + square * kind.vk_percent) / 100
    return Power(p_kw=round(p_kw, 6), q_kvar=round(q_kvar, 6))


def seen_from_medium_voltage(request: Request, power: Power) -> Request:
    """
    Return the request as the 10 kV network sees it: motors start behind the customer's transformers and are not followed there.
    """
    return replace(request, load=power, start=None)


def design_current_a(station: CustomerStation, power: Power, nominal_kv: float) -> float:
    """
    Return the current for which cable and metering are chosen: all transformers at their nameplate, or the power if that is more.
    """
    return max(station.rated_kva * station.count, power.s_kva) / (math.sqrt(3) * nominal_kv)
