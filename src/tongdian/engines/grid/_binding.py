"""
What binds, in words and identifiers of the source.
"""

from tongdian.engines.grid._radial import Tree
from tongdian.engines.grid._values import Network

UNSOLVED = 3  # kinds of limits: 0 a branch's rating, 1 and 2 the lowest and highest voltage, negative none


def binding(network: Network, tree: Tree, kind: int, node: int) -> tuple[str, str, int, str]:
    """
    Return limit, kind, identifier and name of the element that binds, given the kind of limit and the node of a tree.
    """
    if kind < 0 or kind == UNSOLVED:
        return "" if kind < 0 else "unsolved", "", -1, ""
    if kind == 0:
        is_transformer = bool(tree.is_transformer[node])
        at, word = int(tree.element[node]), "transformer" if is_transformer else "line"
        id_, name = (
            (network.transformers.id[at], network.transformers.name[at])
            if is_transformer
            else (network.lines.id[at], network.lines.name[at])
        )
        return f"{word}_loading", word, int(id_), name
    bus = int(tree.low_bus[node] if kind == 1 else tree.high_bus[node])
    return "voltage_low" if kind == 1 else "voltage_high", "bus", int(network.buses.id[bus]), network.buses.name[bus]
