"""
The network's engine: values, readers, power flow over a whole year.
"""

from tongdian.engines.grid._values import (
    Buses,
    Generators,
    Limits,
    Lines,
    Loads,
    Network,
    Profiles,
    Shunts,
    Sources,
    Switches,
    Transformers,
)

__all__ = [
    "Buses",
    "Generators",
    "Limits",
    "Lines",
    "Loads",
    "Network",
    "Profiles",
    "Shunts",
    "Sources",
    "Switches",
    "Transformers",
]
