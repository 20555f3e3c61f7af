"""
Stored capacity: what is calculated when, and against what.
"""

import pytest

from tongdian.apps.network.models import CapacityIsland
from tongdian.apps.network.queries import get_network
from tongdian.apps.network.rules import Asking
from tongdian.apps.people.queries import NotAllowed
from tongdian.apps.plans import queries
from tongdian.apps.plans.actions import accept_option, compute_capacity, request_capacity
from tongdian.engines import grid

pytestmark = pytest.mark.django_db


def rooms_of(actor, now, margin="nameplate", **more):
    return {room.bus_id: room.kw for room in queries.get_capacity(actor=actor, asking=Asking(margin=margin, **more), now=now).rooms}


def test_the_table_says_what_the_engine_says(town, planner, now):
    assert compute_capacity(actor=planner, now=now) == (0,)
    ground = queries.get_ground(at=now)
    network = get_network(network_id=ground.network_id)
    table = grid.capacity(network, ground.limits["nameplate"], voltage_at=network.buses.nominal_kv < 1)
    assert rooms_of(planner, now) == pytest.approx(dict(zip(table.bus.tolist(), table.capacity_kw.tolist(), strict=True)), abs=1e-3)


def test_planning_leaves_less_than_the_nameplate(town, planner, now):
    compute_capacity(actor=planner, now=now)
    nameplate, planning = rooms_of(planner, now), rooms_of(planner, now, "planning")
    assert all(planning[bus] <= nameplate[bus] for bus in nameplate)
    assert planning[1] < nameplate[1]


def test_nothing_changed_nothing_calculated(town, planner, now):
    compute_capacity(actor=planner, now=now)
    assert compute_capacity(actor=planner, now=now) == ()


def test_what_is_reserved_is_counted_and_only_its_island_calculated_anew(replied, resident, planner, now):
    plan = replied()
    compute_capacity(actor=planner, now=now)
    before, other = rooms_of(planner, now), CapacityIsland.objects.get(margin="nameplate", generation=False)
    option = plan.options.filter(is_feasible=True).first()
    accept_option(actor=resident, option_id=option.pk, now=now)
    assert queries.get_capacity(actor=planner, asking=Asking(), now=now).stale == 1
    assert compute_capacity(actor=planner, now=now) == (0,)
    after = rooms_of(planner, now)
    assert all(after[bus] < before[bus] for bus in before)
    explained = queries.explain_capacity(actor=planner, bus_id=4, asking=Asking(), now=now)
    assert explained.explanation.capacity_kw == pytest.approx(after[4], abs=1e-3)
    assert explained.reservations == 1
    other.refresh_from_db()
    assert not queries.get_capacity(actor=planner, asking=Asking(), now=now).stale


def test_accepting_asks_a_worker_once(replied, resident, now):
    from tongdian.apps.background.models import Job

    plan = replied()
    accept_option(actor=resident, option_id=plan.options.filter(is_feasible=True).first().pk, now=now)
    assert Job.objects.filter(task__endswith="refresh_capacity").count() == 1
    assert request_capacity(now=now)
    assert not request_capacity(now=now)


def test_a_crew_calculates_nothing(town, crew, now):
    with pytest.raises(NotAllowed):
        compute_capacity(actor=crew, now=now)


def test_generation_is_a_question_of_its_own(town, planner, now):
    compute_capacity(actor=planner, now=now)
    ground = queries.get_ground(at=now)
    network = get_network(network_id=ground.network_id)
    table = grid.capacity(network, ground.limits["nameplate"], generation=True, voltage_at=network.buses.nominal_kv < 1)
    found = rooms_of(planner, now, generation=True)
    assert found == pytest.approx(dict(zip(table.bus.tolist(), table.capacity_kw.tolist(), strict=True)), abs=1e-3)
    assert found != rooms_of(planner, now)
    explained = queries.explain_capacity(actor=planner, bus_id=4, asking=Asking(generation=True), now=now)
    assert explained.explanation.capacity_kw == pytest.approx(found[4], abs=1e-3)
    assert queries.list_capacity_gains(actor=planner, bus_id=4, asking=Asking(generation=True), now=now)


def need_at(planner, now, metres, kw, probability=50, wanted="2021-12-01", key="X1"):
    from tests.apps.conftest import _at

    from tongdian.apps.plans.actions import record_need

    lon, lat = _at(metres)
    given = {
        "name": "充电站",
        "place": "路口",
        "lon": lon,
        "lat": lat,
        "kw": kw,
        "wanted_on": wanted,
        "probability": probability,
        "key": key,
    }
    return record_need(actor=planner, given=given, now=now)[0]


def test_coming_needs_are_counted_by_their_likelihood_where_asked_for(town, planner, now):
    need_at(planner, now, 120, 40.0)
    compute_capacity(actor=planner, now=now)
    without, counted = rooms_of(planner, now), rooms_of(planner, now, needs=True)
    assert counted[1] == pytest.approx(without[1] - 20.0, abs=1.0)  # half of 40 kW at the busbar, the losses apart
    assert queries.explain_capacity(actor=planner, bus_id=1, asking=Asking(needs=True), now=now).explanation.capacity_kw == pytest.approx(
        counted[1], abs=1e-3
    )
    assert rooms_of(planner, now, generation=True, needs=True) == rooms_of(planner, now, generation=True)


def test_needs_without_a_place_too_large_or_too_late_are_not_counted(town, planner, now):
    need_at(planner, now, 9000, 40.0, key="far")
    need_at(planner, now, 60, 400.0, key="large")
    need_at(planner, now, 60, 40.0, wanted="2029-01-01", key="late")
    ground = queries.get_ground(at=now)
    assert (ground.coming, ground.needs_left_out) == ((), 2)


def test_a_new_need_makes_only_its_own_answers_stale(town, planner, now):
    compute_capacity(actor=planner, now=now)
    assert not queries.is_capacity_stale(now=now)
    need_at(planner, now, 60, 10.0)
    assert queries.get_capacity(actor=planner, asking=Asking(), now=now).stale == 0
    assert queries.get_capacity(actor=planner, asking=Asking(needs=True), now=now).stale == 1
    assert queries.is_capacity_stale(now=now)
    rows = set(CapacityIsland.objects.values_list("pk", flat=True))
    compute_capacity(actor=planner, now=now)
    assert set(CapacityIsland.objects.filter(needs=False).values_list("pk", flat=True)) == rows


def test_the_morning_s_work_asks_for_what_is_stale(town, planner, now):
    from tongdian.apps.background.models import Job
    from tongdian.apps.plans.tasks import expire

    expire.func()
    assert not Job.objects.exists()
    compute_capacity(actor=planner, now=now)
    need_at(planner, now, 60, 10.0, wanted="2099-01-01")
    expire.func()
    assert not Job.objects.exists()
