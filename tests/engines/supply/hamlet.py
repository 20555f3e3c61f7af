"""
A hamlet drawn by hand. One degree is scaled so that east and north are metres; the year is one day of quarter hours.

    20 kV  Q ──T1 100 kVA── A0 ──40 m── A1 ──40 m── A2 ──40 m── A3 (customer 20 kW)
                                        │
                                       30 m
                                        │
                                        A4 (customer 10 kW, dead end)

    20 kV  R ──T2 250 kVA── C0 ──60 m── C1 (customer 15 kW)

A0 lies at (0, 0), the row runs east; A4 lies north of A1. C0 lies at (200, 0), C1 at (140, 0), 20 m east of A3.
Lines are NAYY 4x150 except the one to A4 (NAYY 4x50). The open line A3–C1 (20 m) is the boundary of the two areas.
"""

import math
from datetime import date

import numpy as np

from tongdian.engines import grid, supply

LON, LAT = 118.8, 32.0
METRE = 180 / (math.pi * 6_371_008.8)
STEPS = 96
NAYY = {"NAYY 4x150": (0.208, 0.080, 261.0, 270.0), "NAYY 4x50": (0.642, 0.083, 210.0, 142.0), "JKLYJ-50": (0.641, 0.300, 10.0, 150.0)}
BUSES = [("Q", 0, 0, 20.0), ("A0", 0, 0, 0.4), ("A1", 40, 0, 0.4), ("A2", 80, 0, 0.4), ("A3", 120, 0, 0.4), ("A4", 40, 30, 0.4)]
BUSES += [("R", 200, 0, 20.0), ("C0", 200, 0, 0.4), ("C1", 140, 0, 0.4)]
LINES = [("A0", "A1", 40, "NAYY 4x150"), ("A1", "A2", 40, "NAYY 4x150"), ("A2", "A3", 40, "NAYY 4x150"), ("A1", "A4", 30, "NAYY 4x50")]
LINES += [("C0", "C1", 60, "NAYY 4x150"), ("A3", "C1", 20, "NAYY 4x150")]
LOADS = [("A3", 20.0), ("A4", 10.0), ("C1", 15.0)]


def at(east_m, north_m):
    """
    Return lon, lat of a place of the hamlet.
    """
    return LON + east_m * METRE / math.cos(math.radians(LAT)), LAT + north_m * METRE


def day():
    hours = np.arange(STEPS) / 4
    household = 0.3 + 0.7 * np.exp(-(((hours - 19.5) / 2) ** 2))
    return grid.Profiles(
        name=("household",), p=household[None, :], q=household[None, :], start="2021-01-01T00:00", step_minutes=15, label="one made-up day"
    )


def floats(*values):
    return np.array(values, dtype=np.float64)


def build(*, kva=(100.0, 250.0), loads=LOADS, open_lines=(5,), line_types=None, profiles="day", dead=()):
    """
    Return the hamlet as a network; identifiers are 100 + position for buses and 500 + position for lines.
    """
    names = [bus[0] for bus in BUSES]
    spot = {name: i for i, name in enumerate(names)}
    places = [at(east, north) for _, east, north, _ in BUSES]
    kinds = line_types or [line[3] for line in LINES]
    values = np.array([NAYY[kind] for kind in kinds])
    nothing, none = np.empty(0), np.empty(0, dtype=np.int64)
    ends = [(spot[line[0]], spot[line[1]]) for line in LINES]
    return grid.Network(
        buses=grid.Buses(
            id=np.arange(100, 100 + len(names)),
            name=tuple(names),
            nominal_kv=floats(*(bus[3] for bus in BUSES)),
            lon=floats(*(lon for lon, _ in places)),
            lat=floats(*(lat for _, lat in places)),
            in_service=np.array([name not in dead for name in names]),
        ),
        lines=grid.Lines(
            id=np.arange(500, 500 + len(LINES)),
            name=tuple(f"{one}-{other}" for one, other, _, _ in LINES),
            type_name=tuple(kinds),
            from_bus=np.array([one for one, _ in ends]),
            to_bus=np.array([other for _, other in ends]),
            length_m=floats(*(line[2] for line in LINES)),
            r_ohm_per_km=values[:, 0].copy(),
            x_ohm_per_km=values[:, 1].copy(),
            c_nf_per_km=values[:, 2].copy(),
            g_us_per_km=np.zeros(len(LINES)),
            rated_a=values[:, 3].copy(),
            derating=np.ones(len(LINES)),
            parallel=np.ones(len(LINES), dtype=np.int64),
            in_service=np.ones(len(LINES), dtype=np.bool_),
            path=tuple(np.array([places[one], places[other]]) for one, other in ends),
        ),
        transformers=transformers(kva, spot),
        switches=grid.Switches(
            id=np.arange(len(open_lines)),
            name=("",) * len(open_lines),
            kind=("line",) * len(open_lines),
            bus=np.array([ends[line][0] for line in open_lines], dtype=np.int64),
            element=np.array(open_lines, dtype=np.int64),
            closed=np.zeros(len(open_lines), dtype=np.bool_),
        ),
        loads=grid.Loads(
            id=np.arange(len(loads)),
            name=tuple(f"H{i}" for i in range(len(loads))),
            bus=np.array([spot[name] for name, _ in loads], dtype=np.int64),
            p_kw=floats(*(kw for _, kw in loads)),
            q_kvar=floats(*(0.2 * kw for _, kw in loads)),
            profile=np.zeros(len(loads), dtype=np.int64),
            customer_class=("household",) * len(loads),
            in_service=np.ones(len(loads), dtype=np.bool_),
        ),
        generators=grid.Generators(id=none, name=(), bus=none, p_kw=nothing, q_kvar=nothing, profile=none, in_service=none.astype(bool)),
        shunts=grid.Shunts(id=none, name=(), bus=none, p_kw=nothing, q_kvar=nothing, in_service=none.astype(bool)),
        sources=grid.Sources(
            id=np.arange(2),
            name=("Q", "R"),
            bus=np.array([spot["Q"], spot["R"]]),
            voltage_pu=np.ones(2),
            angle_degree=np.zeros(2),
            in_service=np.ones(2, dtype=np.bool_),
        ),
        source="hamlet, drawn by hand",
        profiles=day() if profiles == "day" else profiles,
    )


def transformers(kva, spot):
    same = {"rated_hv_kv": 20.0, "rated_lv_kv": 0.4, "vk_percent": 4.0, "vkr_percent": 1.2, "no_load_percent": 0.4, "shift_degree": 150.0}
    count = len(kva)
    return grid.Transformers(
        id=np.arange(900, 900 + count),
        name=("T1", "T2")[:count],
        type_name=tuple(f"{value:g} kVA" for value in kva),
        hv_bus=np.array([spot["Q"], spot["R"]][:count], dtype=np.int64),
        lv_bus=np.array([spot["A0"], spot["C0"]][:count], dtype=np.int64),
        rated_kva=floats(*kva),
        iron_loss_kw=floats(*(0.003 * value for value in kva)),
        **{name: np.full(count, value) for name, value in same.items()},
        tap_on_hv=np.ones(count, dtype=np.bool_),
        tap_neutral=np.zeros(count, dtype=np.int64),
        tap_min=np.full(count, -2),
        tap_max=np.full(count, 2),
        tap_position=np.zeros(count, dtype=np.int64),
        tap_step_percent=np.full(count, 2.5),
        parallel=np.ones(count, dtype=np.int64),
        in_service=np.ones(count, dtype=np.bool_),
    )


def elevator(kw=15.0, *, place=(80, 10), reference="7幢2单元", devices=None, customer_class="household", wanted=date(2021, 7, 5)):
    """
    Return an application for an elevator, by default 10 m north of A2.
    """
    lon, lat = at(*place)
    return supply.Application(
        reference=reference,
        site_lon=lon,
        site_lat=lat,
        devices=devices or (supply.Device(kind="elevator", kw=kw, phases=3, count=1),),
        customer_class=customer_class,
        wanted_date=wanted,
    )
