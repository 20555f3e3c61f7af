"""
The network's engine: values, readers, a synthetic year, exact power flow over a whole year.
"""

from tongdian.engines.grid._capacity.capacity import CapacityModel, CapacityTable, UnusableLimits, capacity
from tongdian.engines.grid._capacity.coarse_year import NoBaseCase
from tongdian.engines.grid._capacity.one import NotSupplied, Question, Room
from tongdian.engines.grid._capacity.rows import CapacityRow, SinglePhases, capacity_rows, read_shape, refuse_single_phases
from tongdian.engines.grid._check import BrokenNetwork, Finding, check_network, refuse_broken
from tongdian.engines.grid._check_year import check_year
from tongdian.engines.grid._explain.changes import Change
from tongdian.engines.grid._explain.explain import Explanation, explain
from tongdian.engines.grid._explain.gains import Gain, find_gains
from tongdian.engines.grid._explain.picture import Words, draw_days, draw_explanation, draw_loadings, draw_voltages
from tongdian.engines.grid._explain.standard import Standard, StandardCable, StandardTransformer, read_standard
from tongdian.engines.grid._flow.extremes import run_extremes
from tongdian.engines.grid._flow.loops import NotRadial
from tongdian.engines.grid._flow.path import PathElement, PathNode
from tongdian.engines.grid._flow.pgm import NoPowerFlow, solve_phases, solve_voltages
from tongdian.engines.grid._flow.solver import run_year
from tongdian.engines.grid._formats.cim.cdpsm import read_cdpsm
from tongdian.engines.grid._formats.cim.cgmes import read_cim
from tongdian.engines.grid._formats.cim.cgmes_library import NoCimLibrary
from tongdian.engines.grid._formats.cim.cgmes_write import write_cim
from tongdian.engines.grid._formats.dss import read_opendss
from tongdian.engines.grid._formats.frames import UnreadableNetwork, UnwritableNetwork
from tongdian.engines.grid._formats.geopackage import read_geopackage, write_geopackage
from tongdian.engines.grid._formats.netfile import pack_network, unpack_network, write_network
from tongdian.engines.grid._formats.pandapower import read_pandapower
from tongdian.engines.grid._formats.pandapower_write import write_pandapower
from tongdian.engines.grid._formats.pgm_json import read_power_grid_model
from tongdian.engines.grid._formats.pgm_write import write_power_grid_model
from tongdian.engines.grid._formats.profiles import attach_year, covers_a_year
from tongdian.engines.grid._formats.reading import read_network
from tongdian.engines.grid._formats.workbook import write_template
from tongdian.engines.grid._formats.workbook_read import read_workbook
from tongdian.engines.grid._store.cluster import NoCluster, dask_workers, local_workers
from tongdian.engines.grid._store.columns import NoRoom
from tongdian.engines.grid._store.feeder_study import Outcome, Study, StudySummary, run_study, study_again, summarise_study
from tongdian.engines.grid._store.split import NoFeeders, split_feeders
from tongdian.engines.grid._store.store import (
    DamagedFeeder,
    Entry,
    NoStore,
    Store,
    iterate_feeders,
    only_feeder,
    open_store,
    read_feeder,
    replace_feeder,
    write_store,
)
from tongdian.engines.grid._topology import UnknownElement, island_at, island_labels, position_of, take_buses
from tongdian.engines.grid._town.generate import NoTown, Town, generate_feeder, generate_feeders
from tongdian.engines.grid._town.ring import NoRing, RingDesign, synthetic_ring
from tongdian.engines.grid._town.synthetic import synthetic_year
from tongdian.engines.grid._town.town_store import LostWorker, generate_store
from tongdian.engines.grid._unbalanced import PhaseRoom, UnknownPhases, ZeroSequence, assign_phases, phase_capacity
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
from tongdian.engines.grid._warm import WARMED, warm
from tongdian.engines.grid._year import ExtraLoad, Violation, YearResult, moment, violations

__all__ = [
    "WARMED",
    "Bools",
    "BrokenNetwork",
    "Buses",
    "CapacityModel",
    "CapacityRow",
    "CapacityTable",
    "Change",
    "DamagedFeeder",
    "Entry",
    "Explanation",
    "ExtraLoad",
    "Finding",
    "Floats",
    "Gain",
    "Generators",
    "Ints",
    "Limits",
    "Lines",
    "Loads",
    "LostWorker",
    "Network",
    "NoBaseCase",
    "NoCimLibrary",
    "NoCluster",
    "NoFeeders",
    "NoPowerFlow",
    "NoRing",
    "NoRoom",
    "NoStore",
    "NoTown",
    "NotRadial",
    "NotSupplied",
    "Outcome",
    "PathElement",
    "PathNode",
    "PhaseRoom",
    "Profiles",
    "Question",
    "RingDesign",
    "Room",
    "Shunts",
    "SinglePhases",
    "Sources",
    "Standard",
    "StandardCable",
    "StandardTransformer",
    "Store",
    "Study",
    "StudySummary",
    "Switches",
    "Table",
    "Town",
    "Transformers",
    "UnknownElement",
    "UnknownPhases",
    "UnreadableNetwork",
    "UnusableLimits",
    "UnwritableNetwork",
    "Violation",
    "Words",
    "YearResult",
    "ZeroSequence",
    "assign_phases",
    "attach_year",
    "capacity",
    "capacity_rows",
    "check_network",
    "check_year",
    "covers_a_year",
    "dask_workers",
    "draw_days",
    "draw_explanation",
    "draw_loadings",
    "draw_voltages",
    "explain",
    "find_gains",
    "generate_feeder",
    "generate_feeders",
    "generate_store",
    "island_at",
    "island_labels",
    "iterate_feeders",
    "local_workers",
    "moment",
    "only_feeder",
    "open_store",
    "pack_network",
    "phase_capacity",
    "position_of",
    "read_cdpsm",
    "read_cim",
    "read_feeder",
    "read_geopackage",
    "read_network",
    "read_opendss",
    "read_pandapower",
    "read_power_grid_model",
    "read_shape",
    "read_standard",
    "read_workbook",
    "refuse_broken",
    "refuse_single_phases",
    "replace_feeder",
    "run_extremes",
    "run_study",
    "run_year",
    "solve_phases",
    "solve_voltages",
    "split_feeders",
    "study_again",
    "summarise_study",
    "synthetic_ring",
    "synthetic_year",
    "take_buses",
    "unpack_network",
    "violations",
    "warm",
    "write_cim",
    "write_geopackage",
    "write_network",
    "write_pandapower",
    "write_power_grid_model",
    "write_store",
    "write_template",
]
