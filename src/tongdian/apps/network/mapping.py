"""
From a stored network to the engine's value.
"""

import gzip
import hashlib
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

import numpy as np

from tongdian.apps.network.models import NetworkModel
from tongdian.apps.network.rules import Held
from tongdian.engines import grid

POWER_FACTOR = 0.95


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


@lru_cache(maxsize=4)
def list_islands(model_id: str) -> dict[int, grid.Network]:
    """
    Return the islands of a network by the identifier of their source's bus.
    """
    network = _network(model_id)
    sources = network.sources
    buses = [int(bus) for bus, on in zip(sources.bus, sources.in_service, strict=True) if on]
    return {int(network.buses.id[bus]): grid.island_at(network, bus) for bus in buses}


def hold(network: grid.Network, held: Iterable[Held]) -> grid.Network:
    """
    Return a network that carries what is reserved as constant loads, over the whole year.
    """
    at = {int(identifier): position for position, identifier in enumerate(network.buses.id)}
    more = [one for one in held if one.bus_id in at]
    if not more:
        return network
    loads, count = network.loads, len(more)
    first = int(loads.id.max(initial=-1)) + 1
    return replace(
        network,
        loads=grid.Loads(
            id=np.concatenate([loads.id, first + np.arange(count)]),
            name=(*loads.name, *("reserved" for _ in more)),
            bus=np.concatenate([loads.bus, np.array([at[one.bus_id] for one in more], dtype=np.int64)]),
            p_kw=np.concatenate([loads.p_kw, np.array([one.p_kw for one in more])]),
            q_kvar=np.concatenate([loads.q_kvar, np.array([one.q_kvar for one in more])]),
            profile=np.concatenate([loads.profile, np.full(count, -1, dtype=np.int64)]),
            customer_class=(*loads.customer_class, *("" for _ in more)),
            in_service=np.concatenate([loads.in_service, np.ones(count, dtype=np.bool_)]),
        ),
    )


def to_key(
    model: NetworkModel, source_bus_id: int, limits: grid.Limits, held: Iterable[Held], buses: frozenset[int], *, generation: bool
) -> str:
    """
    Return what decides an island's answer: network and year (its fingerprint), limits, power factor, all that is counted in it, and
    whether load or generation is asked for.
    """
    inside = sorted((one.bus_id, one.p_kw, one.q_kvar) for one in held if one.bus_id in buses)
    return hashlib.sha256(
        repr((model.fingerprint, source_bus_id, limits, POWER_FACTOR, inside, *(["generation"] if generation else []))).encode()
    ).hexdigest()


@lru_cache(maxsize=256)
def buses_of(model_id: str, source_bus_id: int) -> frozenset[int]:
    """
    Return the identifiers of the buses of an island.
    """
    return frozenset(int(bus) for bus in list_islands(model_id)[source_bus_id].buses.id)


def to_question(network: grid.Network, limits: grid.Limits, *, generation: bool) -> grid.Question:
    """
    Return what is asked of a network: load or generation, with voltages judged where customers can be: below 1 kV (everywhere in a 10 kV
    network).
    """
    low = network.buses.nominal_kv < 1
    return grid.Question(limits=limits, power_factor=POWER_FACTOR, generation=generation, voltage_at=low if low.any() else None)


@lru_cache(maxsize=64)
def explain(model_id: str, bus_id: int, limits: grid.Limits, held: tuple[Held, ...], *, generation: bool) -> grid.Explanation:
    """
    Return the explanation of a bus with everything reserved counted; kept in memory between calls.
    """
    network = hold(_network(model_id), held)
    return grid.explain(network, to_question(network, limits, generation=generation), bus=grid.position_of(network.buses, bus_id))


@lru_cache(maxsize=64)
def find_gains(model_id: str, bus_id: int, limits: grid.Limits, held: tuple[Held, ...], *, generation: bool) -> tuple[grid.Gain, ...]:
    """
    Return which single change brings a bus how much, with everything reserved counted; kept in memory between calls.
    """
    network = hold(_network(model_id), held)
    return grid.find_gains(network, to_question(network, limits, generation=generation), bus=grid.position_of(network.buses, bus_id))
