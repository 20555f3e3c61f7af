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


@lru_cache(maxsize=4)
def _network(model_id: str) -> grid.Network:
    model = NetworkModel.objects.get(pk=model_id)
    return build_network(document=bytes(model.document), source=model.name, seed=model.profile_seed, year=model.profile_year)
