"""
The network's engine: values, readers, a synthetic year, exact power flow over a whole year.
"""

from tongdian.engines.grid._capacity import CapacityTable, NoBaseCase, capacity, warm
from tongdian.engines.grid._changes import Change
from tongdian.engines.grid._explain import Explanation, explain
from tongdian.engines.grid._gains import Gain, find_gains
from tongdian.engines.grid._one import NotSupplied, Question, Room
from tongdian.engines.grid._pandapower import UnreadableNetwork, read_pandapower
from tongdian.engines.grid._path import PathElement, PathNode
from tongdian.engines.grid._pgm import NoPowerFlow, solve_voltages
from tongdian.engines.grid._profiles import join_profiles
from tongdian.engines.grid._radial import NotRadial
from tongdian.engines.grid._ring import NoRing, RingDesign, synthetic_ring
from tongdian.engines.grid._solver import run_year
from tongdian.engines.grid._standard import Standard, StandardCable, StandardTransformer, read_standard
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
    "CapacityTable",
    "Change",
    "Explanation",
    "ExtraLoad",
    "Floats",
    "Gain",
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
    "NotSupplied",
    "PathElement",
    "PathNode",
    "Profiles",
    "Question",
    "RingDesign",
    "Room",
    "Shunts",
    "Sources",
    "Standard",
    "StandardCable",
    "StandardTransformer",
    "Switches",
    "Table",
    "Transformers",
    "UnknownElement",
    "UnreadableNetwork",
    "Violation",
    "YearResult",
    "capacity",
    "explain",
    "find_gains",
    "island_at",
    "island_labels",
    "join_profiles",
    "moment",
    "position_of",
    "read_pandapower",
    "read_standard",
    "run_year",
    "solve_voltages",
    "synthetic_ring",
    "synthetic_year",
    "take_buses",
    "violations",
    "warm",
]
