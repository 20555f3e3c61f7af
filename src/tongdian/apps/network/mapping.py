"""
From a stored network to the engine's value.
"""

import gzip
from functools import lru_cache

from tongdian.apps.network.models import NetworkModel
from tongdian.engines import grid


def build_network(*, document: bytes, source: str, seed: int, year: int) -> grid.Network:
    """
    Read a pandapower document (gzipped or plain) and attach its seeded, synthetic year.
    """
    plain = gzip.decompress(document) if document[:2] == b"\x1f\x8b" else document
    return grid.synthetic_year(grid.read_pandapower(plain, source=source), seed=seed, year=year)


def to_network(model: NetworkModel) -> grid.Network:
    """
    Return the engine's network of a stored model; read once per process.
    """
    return _network(str(model.pk))


def build_ring(base: grid.Network, *, seed: int) -> grid.Network:
    """
    Return the synthetic 10 kV ring that feeds a low-voltage network.
    """
    return grid.synthetic_ring(base, seed=seed)


@lru_cache(maxsize=32)
def run_area(model_id: str, bus: int) -> tuple[grid.Network, grid.YearResult]:
    """
    Return the part of a network that hangs together with a bus, and its exact year; kept in memory between calls.

    :param bus: position of the low-voltage bus of a station
    """
    area = grid.island_at(_network(model_id), bus)
    return area, grid.run_year(area)


def find_station(model_id: str, bus: int) -> int | None:
    """
    Return the position of the transformer that feeds a low-voltage bus, None where nothing does.
    """
    return _stations(model_id).get(bus)


@lru_cache(maxsize=4)
def _stations(model_id: str) -> dict[int, int]:
    """
    Return, for every low-voltage bus, the position of the transformer that feeds it.
    """
    network = _network(model_id)
    position = {int(number): at for at, number in enumerate(network.buses.id)}
    found: dict[int, int] = {}
    for at, bus in enumerate(network.transformers.lv_bus):
        if int(bus) not in found:
            area = grid.island_at(network, int(bus))
            found |= {position[int(one)]: at for one, kv in zip(area.buses.id, area.buses.nominal_kv, strict=True) if kv < 1}
    return found


@lru_cache(maxsize=4)
def _network(model_id: str) -> grid.Network:
    model = NetworkModel.objects.get(pk=model_id)
    if model.derived_from_id is not None:
        return build_ring(_network(str(model.derived_from_id)), seed=model.profile_seed)
    return build_network(document=bytes(model.document), source=model.name, seed=model.profile_seed, year=model.profile_year)
