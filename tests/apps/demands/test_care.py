"""
The welfare list: who takes care sees, nobody else, and every look is journalled.
"""

import pytest

from tongdian.apps.demands import actions, queries
from tongdian.apps.journal.models import Entry
from tongdian.apps.people.actions import form_team
from tongdian.apps.people.queries import NotAllowed
from tongdian.apps.places.actions import import_cells, register_building

pytestmark = pytest.mark.django_db
RING = [[118.78, 32.02], [118.79, 32.02], [118.79, 32.03], [118.78, 32.03], [118.78, 32.02]]
CELL = {
    "type": "Feature",
    "properties": {"code": "W1", "name": "一网格", "manager": "cell_manager"},
    "geometry": {"type": "Polygon", "coordinates": [RING]},
}


@pytest.fixture
def add(cell_manager, programme_manager, hire, planner, now):
    form_team(actor=hire("service_team"), title="秦淮一队", kind="service", members=["service_team"], now=now)
    import_cells(actor=planner, collection={"features": [CELL]}, now=now)

    def add_at(lon, door="302室", **more):
        building = register_building(
            actor=cell_manager, city="南京市", county="秦淮区", community="汉西新村", building=f"{lon}", lon=lon, lat=32.025, now=now
        )
        given = {"name": "王桂兰", "phone": "13812342207", "need": "alone", "note": "听力不好", "team": ""} | more
        return actions.add_care_household(actor=programme_manager, building=building, door=door, now=now, **given)

    return add_at


def test_the_manager_of_the_cell_sees_the_list_masked(add, cell_manager, now):
    add(118.785)
    add(118.9)  # outside his cell
    (line,) = actions.look_at_care_list(actor=cell_manager, now=now)
    assert (line.name, line.phone, line.door, line.note, line.cell) == ("王**", "138****2207", "***", "", "一网格")
    assert Entry.objects.get(kind="care.listed").values == {"count": 1}


def test_a_look_in_full_is_journalled(add, cell_manager, now):
    household = add(118.785)
    line = actions.reveal_care_household(actor=cell_manager, household_id=household.pk, now=now)
    assert (line.name, line.door, line.note) == ("王桂兰", "302室", "听力不好")
    assert Entry.objects.get(kind="care.revealed").subject_id == str(household.pk)


def test_a_team_sees_only_whom_it_takes_care_of(add, hire, now):
    member = hire("service_team")
    hers, other = add(118.9, team="秦淮一队"), add(118.785)
    assert [line.id for line in actions.look_at_care_list(actor=member, now=now)] == [hers.pk]
    with pytest.raises(queries.UnknownHousehold):
        actions.reveal_care_household(actor=member, household_id=other.pk, now=now)


@pytest.mark.parametrize("role", ["leader", "auditor", "planner", "crew", "commissioner", "administrator"])
def test_nobody_else_sees_it(add, hire, now, role):
    add(118.785)
    with pytest.raises(NotAllowed):
        actions.look_at_care_list(actor=hire(role), now=now)


def test_nothing_personal_stands_in_the_journal(add):
    add(118.785)
    assert not any("王桂兰" in str(entry.values) or "2207" in str(entry.values) for entry in Entry.objects.all())


def test_who_needs_no_care_any_more_leaves_the_list(add, programme_manager, now):
    household = add(118.785)
    for _ in range(2):
        actions.end_care_household(actor=programme_manager, household_id=household.pk, now=now)
    assert actions.look_at_care_list(actor=programme_manager, now=now) == ()
    assert Entry.objects.filter(kind="care.ended").count() == 1
    assert add(118.785).pk != household.pk  # may come again later


@pytest.mark.parametrize("given", [{"name": " "}, {"need": "rich"}, {"team": "海盗队"}])
def test_a_household_that_cannot_be_listed_is_refused(add, given):
    with pytest.raises(actions.UnusableHousehold):
        add(118.785, **given)


def test_an_identifier_that_is_none_is_refused(add, cell_manager, now):
    with pytest.raises(queries.UnknownHousehold):
        actions.reveal_care_household(actor=cell_manager, household_id="x", now=now)
