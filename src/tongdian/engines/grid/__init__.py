"""
The network's engine: values, readers, a synthetic year, exact power flow over a whole year.
"""

from tongdian.engines.grid._capacity import CapacityModel, CapacityTable, capacity, warm
from tongdian.engines.grid._loops import NotRadial
from tongdian.engines.grid._pandapower import UnreadableNetwork, read_pandapower
from tongdian.engines.grid._pgm import NoPowerFlow, solve_voltages
from tongdian.engines.grid._profiles import join_profiles
from tongdian.engines.grid._ring import NoRing, RingDesign, synthetic_ring
from tongdian.engines.grid._solver import run_year
from tongdian.engines.grid._study import NoBaseCase
from tongdian.engines.grid._synthetic import synthetic_year
from tongdian.engines.grid._topology import UnknownElement, island_at, island_labels, position_of, take_buses
from tongdian.engines.grid._values import (
    Bools,
    Buses,
    Floats,
    Generators,
    Ints,
    Limits,
    Lines,
    Loads,
    Network,
    Profiles,
    Shunts,
    Sources,
    Switches,
    Table,
    Transformers,
)
from tongdian.engines.grid._year import ExtraLoad, Violation, YearResult, moment, violations

__all__ = [
    "Bools",
    "Buses",
    "CapacityModel",
    "CapacityTable",
    "ExtraLoad",
    "Floats",
    "Generators",
    "Ints",
    "Limits",
    "Lines",
    "Loads",
    "Network",
    "NoBaseCase",
    "NoPowerFlow",
    "NoRing",
    "NotRadial",
    "Profiles",
    "RingDesign",
    "Shunts",
    "Sources",
    "Switches",
    "Table",
    "Transformers",
    "UnknownElement",
    "UnreadableNetwork",
    "Violation",
    "YearResult",
    "capacity",
    "island_at",
    "island_labels",
    "join_profiles",
    "moment",
    "position_of",
    "read_pandapower",
    "run_year",
    "solve_voltages",
    "synthetic_ring",
    "synthetic_year",
    "take_buses",
    "violations",
    "warm",
]
