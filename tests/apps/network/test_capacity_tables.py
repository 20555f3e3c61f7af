"""
Stored capacity: what is calculated when, and against what.
"""

import pytest

from tongdian.apps.network.models import CapacityIsland
from tongdian.apps.network.queries import get_network
from tongdian.apps.people.queries import NotAllowed
from tongdian.apps.plans import queries
from tongdian.apps.plans.actions import accept_option, compute_capacity, request_capacity
from tongdian.engines import grid

pytestmark = pytest.mark.django_db


def rooms_of(actor, now, margin="nameplate"):
    return {room.bus_id: room.kw for room in queries.get_capacity(actor=actor, margin=margin, now=now).rooms}


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
    before, other = rooms_of(planner, now), CapacityIsland.objects.get(margin="nameplate")
    option = plan.options.filter(is_feasible=True).first()
    accept_option(actor=resident, option_id=option.pk, now=now)
    assert queries.get_capacity(actor=planner, margin="nameplate", now=now).stale == 1
    assert compute_capacity(actor=planner, now=now) == (0,)
    after = rooms_of(planner, now)
    assert all(after[bus] < before[bus] for bus in before)
    explained = queries.explain_capacity(actor=planner, bus_id=4, margin="nameplate", now=now)
    assert explained.explanation.capacity_kw == pytest.approx(after[4], abs=1e-3)
    assert explained.reservations == 1
    other.refresh_from_db()
    assert not queries.get_capacity(actor=planner, margin="nameplate", now=now).stale


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
