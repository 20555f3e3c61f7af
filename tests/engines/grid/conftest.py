"""
What several tests of the grid engine ask for.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.engines.grid.documents import TRAFO
from tests.pandapower_documents import BUS, LINE, LOAD, SOURCE, SWITCH, document, frame

from tongdian.engines import grid


@pytest.fixture
def inline():
    return lambda: ThreadPoolExecutor(1)


def line(name, one, other, km, rating_ka):
    return [name, "cable", one, other, km, 0.25, 0.08, 800.0, 0.0, rating_ka, 1.0, 1, True, None]


@pytest.fixture(scope="module")
def village():
    """
    10 kV source 0 ──T── 1 ─── 2 ─── 3 ─── 4 ══(switch)══ 8
                         │     └──── 5     └ ─ (open) ─ 7
                         └──── 6 ────────────────────── 7        (a tie operated open; a turned tap; a shunt at 5; sun at 3)
    """
    lines = [line("a", 1, 2, 0.15, 0.27), line("b", 2, 3, 0.2, 0.2), line("c", 3, 4, 0.2, 0.14), line("d", 2, 5, 0.25, 0.14)]
    lines += [line("e", 1, 6, 0.1, 0.27), line("f", 6, 7, 0.3, 0.14), line("tie", 4, 7, 0.2, 0.14)]
    loads = [[f"H{bus}", bus, 0.006 + bus / 1000, 0.002, 1.0, True, "HH" if bus % 2 else "HP"] for bus in range(2, 9)]
    text = document(
        bus=frame(BUS, [[f"B{at}", 10.0 if at == 0 else 0.4, "b", None, True, None] for at in range(9)]),
        line=frame(LINE, lines),
        trafo=frame(TRAFO, [["T", "0.25", 0, 1, 0.25, 10.0, 0.4, 4.0, 1.3, 0.6, 0.9, 150.0, "hv", 0, -2, 2, -1, 2.5, 1, True]]),
        load=frame(LOAD, loads),
        sgen=frame(["name", "bus", "p_mw", "q_mvar", "scaling", "in_service"], [["sun", 3, 0.02, 0.0, 1.0, True]]),
        shunt=frame(["name", "bus", "p_mw", "q_mvar", "step", "in_service"], [["s", 5, 0.0005, -0.004, 1, True]]),
        switch=frame(SWITCH, [[4, 8, "b", "CB", True, None, 0.0], [7, 6, "l", "LBS", False, None, 0.0]]),
        ext_grid=frame(SOURCE, [["G", 0, 1.01, 0.0, True]]),
    )
    return grid.synthetic_year(grid.read_pandapower(text), seed=3, step_minutes=60)
