"""
Between reservations and the network's capacity.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from tongdian.apps.network.rules import NAMEPLATE, PLANNING, Held
from tongdian.apps.plans.models import Reservation
from tongdian.engines import grid, supply

if TYPE_CHECKING:
    from tongdian.apps.plans.queries import NeedView


def to_held(models: Iterable[Reservation]) -> tuple[Held, ...]:
    """
    Return what is reserved, at both connections of a dual supply, in a stable order.
    """
    found = (Held(bus_id=model.bus_id, p_kw=model.p_kw, q_kvar=model.q_kvar) for model in models)
    return tuple(sorted(found, key=lambda held: (held.bus_id, held.p_kw, held.q_kvar)))


def find_bus_of_need(network_id: UUID, need: "NeedView") -> int | None:
    """
    Return the low-voltage bus at which a need would come, None where its place is unknown, out of reach, or it is too large.
    """
    from tongdian.apps.network import queries as network_queries

    if need.lon is None or need.lat is None or need.kw > supply.shipped_catalogue().rules["low_voltage_max_kw"]:
        return None
    return network_queries.find_bus_at(network_id=network_id, lon=need.lon, lat=need.lat)


def to_coming(needs: Iterable[tuple[int, float]]) -> tuple[Held, ...]:
    """
    Return needs (bus, kW by likelihood) as power that is counted, in a stable order.
    """
    found = (Held(bus_id=bus, p_kw=round(kw, 3), q_kvar=round(kw * supply.NEED_POWER_FACTOR_TAN, 3)) for bus, kw in needs)
    return tuple(sorted(found, key=lambda held: (held.bus_id, held.p_kw)))


def to_limits(base_kv: float) -> dict[str, grid.Limits]:
    """
    Return the limits of the tables by margin: the transformers' nameplate, and the share from which planning calls them heavily loaded.
    """
    catalogue = supply.shipped_catalogue()
    nameplate = catalogue.limits(base_kv)
    return {NAMEPLATE: nameplate, PLANNING: replace(nameplate, transformer_loading=catalogue.rules["transformer_planning"])}


def get_planning_percent() -> int:
    """
    Return the per cent of its nameplate from which planning calls a transformer heavily loaded.
    """
    return round(100 * supply.shipped_catalogue().rules["transformer_planning"])


def draw_explanation(explanation: grid.Explanation, words: Mapping[str, str], *, start: str) -> tuple[str, ...]:
    """
    Return the pictures of an explanation.
    """
    said = grid.Words(**words)
    drawn = grid.draw_voltages(explanation, said), grid.draw_loadings(explanation, said), grid.draw_days(explanation, said, start=start)
    return tuple(picture for picture in drawn if picture)
