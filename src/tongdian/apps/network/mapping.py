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


@lru_cache(maxsize=4)
def _network(model_id: str) -> grid.Network:
    model = NetworkModel.objects.get(pk=model_id)
    if model.derived_from_id is not None:
        return build_ring(_network(str(model.derived_from_id)), seed=model.profile_seed)
    return build_network(document=bytes(model.document), source=model.name, seed=model.profile_seed, year=model.profile_year)
