from datetime import time, timedelta

import pytest
from django.utils import timezone

from tongdian.apps.journal import queries as journal
from tongdian.apps.people.queries import NotAllowed
from tongdian.apps.people.rules import PERMISSIONS
from tongdian.apps.works import actions, queries, rules
from tongdian.apps.works.models import WorkOrder
from tongdian.kit.tables import data_file

pytestmark = pytest.mark.django_db
HOURS = (time(8, 30), time(17, 30))
DEPOT = {"lon": 7.881, "lat": 48.461}


@pytest.fixture
def form(dispatcher, now):
    def make(title="一班", skills=("lv",), hours=HOURS, members=(), **place):
        place = {**DEPOT, **place}
        return actions.form_crew(actor=dispatcher, title=title, skills=skills, hours=hours, members=members, now=now, **place)

    return make


@pytest.fixture
def visit(open_elevator_case, dispatcher, now):
    """Plan visit B of another elevator near the small town for tomorrow."""

    def plan(reference, metres_east=130.0):
        case = open_elevator_case(reference, metres_east)
        return actions.plan_visit(actor=dispatcher, case_id=case.pk, visit="B", day=tomorrow(now), now=now)

    return plan


def tomorrow(now):
    return timezone.localdate(now + timedelta(days=1))


def test_every_visit_of_a_day_gets_a_crew_an_order_and_a_time(form, visit, dispatcher, now):
    form("一班"), form("二班", lon=7.90)
    for position in range(4):
        visit(f"E{position}", metres_east=60.0 * position)
    assert actions.plan_rounds(actor=dispatcher, day=tomorrow(now), now=now) == 4
    day = queries.get_rounds(actor=dispatcher, day=tomorrow(now))
    assert day.waiting == ()
    assert sum(len(crew.visits) for crew in day.crews) == 4
    for crew in day.crews:
        assert [one.sequence for one in crew.visits] == list(range(1, len(crew.visits) + 1))
        ends = timezone.make_aware(timezone.datetime.combine(tomorrow(now), time(8, 30)))
        for one in crew.visits:
            assert one.begins_at >= ends
            ends = one.begins_at + timedelta(minutes=one.minutes)
        assert ends.time() <= time(17, 30)


def test_the_same_day_planned_again_changes_nothing(form, visit, dispatcher, now):
    form()
    visit("E1")
    actions.plan_rounds(actor=dispatcher, day=tomorrow(now), now=now)
    entries = journal.count_entries()
    assert actions.plan_rounds(actor=dispatcher, day=tomorrow(now), now=now) == 1
    form()
    assert journal.count_entries() == entries


def test_a_visit_that_nobody_can_do_says_why_and_finds_its_crew_later(form, visit, dispatcher, now):
    form(skills=("hv",))
    visit("E1")
    assert actions.plan_rounds(actor=dispatcher, day=tomorrow(now), now=now) == 0
    (left,) = queries.get_rounds(actor=dispatcher, day=tomorrow(now)).waiting
    assert left.left_out == "no_skill"
    form("二班", skills=("lv", "house"))
    assert actions.plan_rounds(actor=dispatcher, day=tomorrow(now), now=now) == 1
    assert queries.get_rounds(actor=dispatcher, day=tomorrow(now)).crews[1].visits[0].left_out == ""


def test_who_is_in_a_crew_sees_his_round_only(form, visit, dispatcher, crew, now):
    form("一班", members=["crew"])
    first = visit("E1")
    actions.plan_rounds(actor=dispatcher, day=tomorrow(now), now=now)
    visit("E2", metres_east=60.0)
    assert [line.id for line in queries.list_my_visits(actor=crew)] == [first.pk]


def test_moving_a_visit_takes_it_out_of_its_round(form, visit, dispatcher, now):
    form()
    order = visit("E1")
    actions.plan_rounds(actor=dispatcher, day=tomorrow(now), now=now)
    moved = actions.plan_visit(actor=dispatcher, case_id=order.case_id, visit="B", day=tomorrow(now) + timedelta(days=1), now=now)
    assert (moved.crew, moved.sequence, moved.begins_at) == (None, None, None)


def test_on_the_day_itself_rounds_go_on_from_now_and_from_the_last_visit(form, visit, dispatcher, now):
    one = form()
    first, second = visit("E1"), visit("E2", metres_east=60.0)
    noon = timezone.make_aware(timezone.datetime.combine(tomorrow(now), time(12, 0)))
    WorkOrder.objects.filter(pk=first.pk).update(crew=one, sequence=1, state="done", done_at=noon - timedelta(hours=1))
    assert actions.plan_rounds(actor=dispatcher, day=tomorrow(now), now=noon) == 1
    again = WorkOrder.objects.get(pk=second.pk)
    assert (again.sequence, again.begins_at >= noon) == (2, True)
    assert again.travel_minutes == 6  # sixty metres: a minute, and five to park and walk


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "},
        {"skills": ()},
        {"skills": ("flying",)},
        {"hours": HOURS[::-1]},
        {"lat": 91.0},
        {"lon": float("nan")},
        {"members": ["x"]},
    ],
)
def test_a_crew_that_cannot_be_is_refused(form, wrong):
    with pytest.raises(actions.UnusableCrew):
        form(**wrong)


def test_rounds_of_a_day_that_has_passed_are_refused(dispatcher, now):
    with pytest.raises(actions.DayIsOver):
        actions.plan_rounds(actor=dispatcher, day=timezone.localdate(now) - timedelta(days=1), now=now)


def test_a_crew_reads_rounds_but_does_not_plan_them(crew, now):
    assert queries.get_rounds(actor=crew, day=tomorrow(now)).crews == ()
    with pytest.raises(NotAllowed):
        actions.plan_rounds(actor=crew, day=tomorrow(now), now=now)
    assert "plan_rounds" in PERMISSIONS


def test_every_procedure_and_visit_of_the_table_of_work_exists():
    shipped = {path.name.removesuffix(".toml"): path.read_text(encoding="utf-8") for path in data_file("procedures").iterdir()}
    for procedure, visit in rules.visit_work():
        assert procedure == "*" or f'visit = "{visit}"' in shipped[procedure]
    assert {skill for skill, _ in rules.visit_work().values()} <= set(rules.SKILLS)
