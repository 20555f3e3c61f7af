"""
What is wrong with a network's year: too few steps, no power flow, limits that are broken before anything is added.
"""

from dataclasses import replace

import numpy as np

from tongdian.engines.grid._check import ERROR, WARNING, Finding
from tongdian.engines.grid._flow.pgm import NoPowerFlow
from tongdian.engines.grid._flow.solver import run_year
from tongdian.engines.grid._formats.profiles import covers_a_year
from tongdian.engines.grid._values import Limits, Loads, Network
from tongdian.engines.grid._year import Violation, violations
from tongdian.kit.refused import N_

TEXTS = {
    "voltage_low": N_("Bus %(id)s (%(name)s) falls to %(value)s p.u. in step %(at)s, below %(limit)s."),
    "voltage_high": N_("Bus %(id)s (%(name)s) rises to %(value)s p.u. in step %(at)s, above %(limit)s."),
    "line_loading": N_("Line %(id)s (%(name)s) is loaded to %(percent)s %% in step %(at)s."),
    "transformer_loading": N_("Transformer %(id)s (%(name)s) is loaded to %(percent)s %% in step %(at)s."),
}


def check_year(network: Network, limits: Limits) -> tuple[Finding, ...]:
    """
    Return what is wrong with every step of a network that :func:`check_network` lets pass, the worst of a kind first.
    """
    found = []
    year = network.profiles
    if year is not None and not covers_a_year(year):
        text = N_("The profiles hold %(steps)s steps of %(minutes)s minutes, less than a year.")
        values: dict[str, object] = {"steps": year.steps, "minutes": year.step_minutes}
        found.append(_of_all("profile_short", text, values, level=WARNING))
    try:
        result = run_year(network)
    except NoPowerFlow as refused:
        return (*found, _of_all("no_power_flow", refused.text, refused.values))
    judged = replace(network, loads=_nothing_everywhere(len(network.buses)))
    return (*found, *(_broken(one) for one in violations(judged, result, limits)))


def _nothing_everywhere(count: int) -> Loads:
    """
    Return a load of nothing at every bus: voltages are judged where loads stand, and here every bus counts.
    """
    return Loads(
        id=np.arange(count),
        name=("",) * count,
        bus=np.arange(count),
        p_kw=np.zeros(count),
        q_kvar=np.zeros(count),
        profile=np.full(count, -1),
        customer_class=("",) * count,
        in_service=np.zeros(count, dtype=np.bool_),
    )


def _broken(one: Violation) -> Finding:
    values: dict[str, object] = {
        "id": one.element_id,
        "name": one.element_name,
        "value": f"{one.value:.4f}",
        "percent": f"{one.value * 100:.1f}",
        "limit": one.limit,
        "at": one.step,
    }
    return Finding(
        level=ERROR,
        code=one.kind,
        element_kind=one.element_kind,
        element_id=one.element_id,
        element_name=one.element_name,
        text=TEXTS[one.kind],
        values=values,
    )


def _of_all(code: str, text: str, values: dict[str, object], *, level: str = ERROR) -> Finding:
    return Finding(level=level, code=code, element_kind="network", element_id=-1, element_name="", text=text, values=values)
