"""
Cutting a network into the feeders of a store: each source's island is one, electrically complete.
"""

import re
from collections.abc import Iterator

import numpy as np

from tongdian.engines.grid._topology import island_at, island_labels
from tongdian.engines.grid._values import Network
from tongdian.kit.refused import N_, Refused


class NoFeeders(Refused):
    """
    A network that cannot be cut into feeders.
    """


def split_feeders(network: Network) -> Iterator[tuple[str, Network]]:
    """
    Yield every island that has a source, named by its first source; all share the network's year.

    Feeders that hang on one busbar are one island if the network models what is above them: then they are studied together.

    :raises NoFeeders: if no source is in service
    """
    labels = island_labels(network)
    seen: set[int] = set()
    for at in np.flatnonzero(network.sources.in_service).tolist():
        label = int(labels[network.sources.bus[at]])
        if label < 0 or label in seen:
            continue
        seen.add(label)
        yield _name(network.sources.name[at], int(network.sources.id[at])), island_at(network, int(network.sources.bus[at]))
    if not seen:
        raise NoFeeders(N_("The network has no source in service, so it has no feeders. Check it: tongdian grid check NET"))


def _name(text: str, identifier: int) -> str:
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")[:80]
    return f"{plain or 'feeder'}-{identifier}"
