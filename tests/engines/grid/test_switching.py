"""
Other switch positions as a way to more: each gain is the exact capacity of the network that the switching makes.
"""

from dataclasses import replace

import numpy as np
import pytest
from tests.engines.grid.documents import TRAFO
from tests.pandapower_documents import BUS, LINE, LOAD, SOURCE, SWITCH, document, frame

from tongdian.engines import grid

QUESTION = grid.Question(limits=grid.Limits(voltage_min_pu=0.93, voltage_max_pu=1.07))


def line(name, one, other, rating_ka):
    return [name, "cable", one, other, 0.2, 0.25, 0.08, 0.0, 0.0, rating_ka, 1.0, 1, True, None]


def ring(far_load_mw=0.005, sources=1):
    """
    Source 0 ──T── 1 ═ a ═ 2 ═ b ═ 3 ─ ─ (tie, open at 3) ─ ─ 5 ═ d ═ 4 ═ c ═ 1 (or a station of its own, 7 ──T── 6); the a side is thin.
    """
    end = 1 if sources == 1 else 6
    lines = [line("a", 1, 2, 0.08), line("b", 2, 3, 0.08), line("c", end, 4, 0.27), line("d", 4, 5, 0.27), line("tie", 3, 5, 0.27)]
    switches = [[at, bus, "l", "LBS", closed, None, 0.0] for bus, at, closed in ((1, 0, True), (2, 1, True), (4, 3, True), (3, 4, False))]
    stations = [["T", "0.25", 0, 1, 0.25, 10.0, 0.4, 4.0, 1.3, 0.6, 0.9, 150.0, "hv", 0, -2, 2, 0, 2.5, 1, True]]
    feeds = [["G", 0, 1.0, 0.0, True]]
    if sources > 1:
        stations.append(["U", "0.25", 7, 6, 0.25, 10.0, 0.4, 4.0, 1.3, 0.6, 0.9, 150.0, "hv", 0, -2, 2, 0, 2.5, 1, True])
        feeds.append(["H", 7, 1.0, 0.0, True])
    volts = {0: 10.0, 7: 10.0}
    loads = [["near", 3, 0.02, 0.005, 1.0, True, "HH"], ["far", 5, far_load_mw, 0.001, 1.0, True, "HP"]]
    text = document(
        bus=frame(BUS, [[f"B{at}", volts.get(at, 0.4), "b", None, True, None] for at in range(6 if sources == 1 else 8)]),
        line=frame(LINE, lines),
        trafo=frame(TRAFO, stations),
        load=frame(LOAD, loads),
        switch=frame(SWITCH, [[bus, element, *rest] for element, bus, *rest in switches]),
        ext_grid=frame(SOURCE, feeds),
    )
    return grid.synthetic_year(grid.read_pandapower(text), seed=3, step_minutes=60)


def switched(network, gain):
    """
    Return the network with the two line switches of a gain turned over.
    """
    closed = network.switches.closed.copy()
    for identifier in gain.change.element_ids:
        at = np.flatnonzero(network.lines.id[network.switches.element] == identifier)[0]
        closed[at] = not closed[at]
    return replace(network, switches=replace(network.switches, closed=closed))


@pytest.mark.parametrize("sources", [1, 2])
def test_a_tie_brings_what_the_network_with_it_can_take(sources):
    network = ring(sources=sources)
    (gain,) = [gain for gain in grid.find_gains(network, QUESTION, bus=3) if gain.change.kind == "switch"]
    assert gain.change.element_names[0] == "tie"
    table = grid.capacity(switched(network, gain), QUESTION.limits)
    row = table.bus.tolist().index(3)
    assert gain.capacity_kw == pytest.approx(table.capacity_kw[row], rel=1e-9)
    assert gain.gain_kw > 1


@pytest.mark.parametrize(("far_load_mw", "offered"), [(0.005, True), (0.12, False), (0.17, False)])
def test_load_is_moved_to_another_island_only_if_that_holds(far_load_mw, offered):
    """
    Bus 2 gains where bus 3 goes over to the other station; with much load there its voltages break, with more they collapse.
    """
    found = grid.find_gains(ring(far_load_mw=far_load_mw, sources=2), QUESTION, bus=2)
    assert any(gain.change.kind == "switch" for gain in found) == offered


def test_what_would_collapse_after_switching_is_not_offered():
    assert all(gain.change.kind != "switch" for gain in grid.find_gains(ring(far_load_mw=0.17, sources=2), QUESTION, bus=5))


def test_an_open_end_without_a_fed_side_is_no_tie():
    network = ring(sources=2)
    dark = replace(network, sources=replace(network.sources, in_service=np.array([True, False])))
    assert all(gain.change.kind != "switch" for gain in grid.find_gains(dark, QUESTION, bus=3))
