"""
Between reservations and the network's capacity.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from tongdian.apps.network.rules import NAMEPLATE, PLANNING, Held
from tongdian.apps.plans.models import Reservation
from tongdian.engines import grid, supply


def to_held(models: Iterable[Reservation]) -> tuple[Held, ...]:
    """
    Return what is reserved, at both connections of a dual supply, in a stable order.
    """
    found = (Held(bus_id=model.bus_id, p_kw=model.p_kw, q_kvar=model.q_kvar) for model in models)
    return tuple(sorted(found, key=lambda held: (held.bus_id, held.p_kw, held.q_kvar)))


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
