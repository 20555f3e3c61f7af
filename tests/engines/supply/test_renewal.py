"""
Renewal: an overhead stretch becomes cable, joint by joint.
"""

from dataclasses import replace
from datetime import date

import pytest
from tests.engines.supply.hamlet import build

from tongdian.engines import grid, supply
from tongdian.engines.supply._renewal.steps import _between
from tongdian.kit.refused import Refused

OVERHEAD = ["JKLYJ-50", "JKLYJ-50", "JKLYJ-50", "JKLYJ-50", "NAYY 4x150", "NAYY 4x150"]
DAY = date(2021, 7, 5)


@pytest.fixture(scope="module")
def row():
    return supply.renew(["500", "501", "502", "A1-A4"], build(line_types=OVERHEAD), day=DAY)


def test_every_section_carries_the_grown_year(row):
    assert [(one.line_name, one.entry) for one in row.sections] == [("A0-A1", False), ("A1-A2", False), ("A2-A3", True), ("A1-A4", True)]
    assert {one.was_method for one in row.sections} == {"overhead"}
    assert all(one.ampacity_a >= one.peak_a for one in row.sections)
    assert (row.notes, row.feasible) == ((), True)


def test_it_is_no_weaker_than_before(row):
    assert row.after.voltage_min_pu >= row.before.voltage_min_pu
    assert row.after.losses_kwh <= row.before.losses_kwh


def test_after_agrees_with_power_grid_model(row):
    net = build(line_types=OVERHEAD)
    r, x, c = net.lines.r_ohm_per_km.copy(), net.lines.x_ohm_per_km.copy(), net.lines.c_nf_per_km.copy()
    kinds = {kind.code: kind for kind in supply.shipped_catalogue().cables}
    for at, one in enumerate(row.sections):
        r[at], x[at], c[at] = kinds[one.code].r20_ohm_per_km * (1 + 0.00403 * 70), kinds[one.code].x_ohm_per_km, 0.0
    assert all(kinds[one.code].conductor == "aluminium" for one in row.sections)
    year = grid.run_year(replace(net, lines=replace(net.lines, r_ohm_per_km=r, x_ohm_per_km=x, c_nf_per_km=c)), solver="power_grid_model")
    loaded = sorted({4, 5})
    assert row.after.voltage_min_pu == pytest.approx(float(year.voltage_min_pu[loaded].min()), abs=1e-7)


def test_only_the_joint_that_is_moved_is_dark_and_the_far_ones_go_first(row):
    assert [(step.kind, step.bus_name, step.dark) for step in row.steps] == [
        ("start", "A0", ()),
        ("move", "A3", ("A3",)),
        ("move", "A2", ("A2",)),
        ("move", "A4", ("A4",)),
        ("move", "A1", ("A1",)),
        ("remove", "A0", ()),
    ]
    assert all(step.checks_hold for step in row.steps if step.kind == "move")
    assert row.customer_hours == pytest.approx(1.6 + 1.6)
    assert row.customer_hours < row.customer_hours_at_once


def test_tying_in_at_a_joint_darkens_what_is_fed_over_it():
    part = supply.renew(["502"], build(line_types=OVERHEAD), day=DAY)
    assert part.fed_from == "A2"
    assert part.steps[0].dark == ("A2", "A3")
    assert part.steps[0].customers == 1


def test_what_hangs_beside_the_stretch_is_dark_with_its_joint():
    part = supply.renew(["500"], build(line_types=OVERHEAD), day=DAY)
    assert part.steps[1].dark == ("A1", "A2", "A3", "A4")
    assert part.steps[1].customers == 2
    assert part.customer_hours_at_once == pytest.approx(2 * sum(step.hours for step in part.steps))  # also without them at the stretch
    assert part.customer_hours <= part.customer_hours_at_once


def test_between_two_steps_old_and_new_carry_their_own_customers():
    net = build(line_types=OVERHEAD)
    from tongdian.engines.supply._renewal.plan import _orient

    stretch = _orient(grid.take_buses(net, grid.island_labels(net) == grid.island_labels(net)[1]), [0, 1, 2, 3])
    island = grid.take_buses(net, grid.island_labels(net) == grid.island_labels(net)[1])
    far = island.buses.name.index("A3")
    state = _between(island, stretch, island, [far])
    year = grid.run_year(state)
    twin = len(island.buses) + stretch.far.index(far)
    assert state.loads.bus.tolist()[0] == twin
    assert state.lines.in_service.sum() == len(island.lines) - 1 + 4
    assert year.voltage_min_pu[island.buses.name.index("A4")] > grid.run_year(island).voltage_min_pu[island.buses.name.index("A4")]


def test_customers_at_joints_get_entries_of_their_own():
    loads = [("A3", 20.0), ("A2", 5.0), ("A2", 4.0), ("C1", 15.0)]
    part = supply.renew(["500", "501"], build(line_types=OVERHEAD, loads=loads), day=DAY)
    assert [(one.bus_name, one.customers, one.length_m) for one in part.entries] == [("A2", 2, 30.0)]
    assert any(line.code == "lay-wall" and line.quantity == 30 for line in part.materials)


def test_the_bill_removes_the_old_line_and_adds_up(row):
    quantity = {line.code: line.quantity for line in row.materials}
    assert (float(quantity["cable-removal"]), float(quantity["lay-buried"])) == (150, 150)
    assert quantity["branch-box"] == 2
    assert sum(line.amount_yuan for line in row.materials) == row.cost.total_yuan


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["no-such"], "no line “no-such”"),
        ([], "No line is named"),
        (["500", "502"], "hang together"),
        (["500", "504"], "another transformer"),
        (["505"], "open or dead"),
    ],
)
def test_what_is_no_stretch_is_refused(lines, said):
    with pytest.raises(Refused, match=said):
        supply.renew(lines, build(line_types=OVERHEAD), day=DAY)


def test_an_absurd_growth_and_an_area_past_helping_are_refused():
    with pytest.raises(Refused, match="growth"):
        supply.renew(["500"], build(line_types=OVERHEAD), growth=-1, day=DAY)
    with pytest.raises(Refused, match="growth"):
        supply.renew(["500"], build(line_types=OVERHEAD), growth=8, day=DAY)


def test_a_line_that_is_cable_already_is_told():
    part = supply.renew(["500"], build(), day=DAY)
    assert part.notes == ("A0-A1",)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_its_paper_tells_steps_and_both_states(row, language):
    values = supply.renewal_values(row, number="R1", day=DAY, language=language)
    assert len(values["sections"][2]["rows"]) == len(row.steps)
    assert len(values["options"]) == 4
    assert len(supply.renewal_map(row)["features"]) == 4
    assert supply.Renewal.from_dict(row.to_dict()) == row
