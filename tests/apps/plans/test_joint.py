from datetime import timedelta
from decimal import Decimal

import pytest

from tongdian.apps.cases.actions import withdraw_case
from tongdian.apps.journal.models import Entry
from tongdian.apps.people.models import User
from tongdian.apps.people.queries import NotAllowed
from tongdian.apps.plans import actions, queries, tasks
from tongdian.apps.plans.models import JointPlan, Plan, Reservation

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _that_day(monkeypatch, now):
    """The installation lives at the moment of the cast."""
    monkeypatch.setattr("tongdian.apps.people.queries._moment", lambda *_: now)


@pytest.fixture
def manager(cell_manager):
    """The cell manager, who may accept for all who gave him a mandate."""
    return cell_manager


def propose(cases, planner, now, *, counts_needs=False):
    return actions.propose_joint_plan(
        actor=planner,
        community_id=cases[0].building.community_id,
        case_ids=[case.pk for case in cases],
        counts_needs=counts_needs,
        now=now,
    )


def test_a_place_tells_who_waits_there(three, applied, planner, crew, now):
    (place,) = queries.list_waiting_places(actor=planner)
    assert (place.community_id, place.count) == (three[0].building.community_id, 3)
    found = queries.get_joint_place(actor=planner, community_id=place.community_id, now=now)
    assert [one.number for one in found.waiting] == [case.number for case in three]
    assert all(one.refused is None for one in found.waiting)
    assert (found.latest, found.needs) == (None, 0)
    assert queries.list_waiting_places(actor=crew) == ()
    assert queries.find_waiting_place(actor=planner, community_id=place.community_id) == place
    assert queries.find_waiting_place(actor=crew, community_id=place.community_id) is None
    assert queries.find_waiting_place_of(actor=planner, case_id=three[0].pk) == place
    assert queries.find_waiting_place_of(actor=crew, case_id=three[0].pk) is None
    with pytest.raises(NotAllowed):
        queries.get_joint_place(actor=crew, community_id=place.community_id, now=now)


def test_each_case_gets_a_plan_that_refers_to_the_joint_one(three, planner, now):
    joint = propose(three, planner, now)
    view = queries.get_joint_plan(actor=planner, joint_id=joint.pk)
    assert (view.status, view.version, view.document["together"]) == ("proposed", 1, True)
    plans = [Plan.objects.get(pk=member.plan_id) for member in view.members]
    assert [plan.case for plan in plans] == three
    assert {plan.joint for plan in plans} == {joint}
    assert sum(plan.options.get().cost_yuan for plan in plans) == Decimal(view.document["total_yuan"])
    assert Decimal(view.document["total_yuan"]) < Decimal(view.document["singles_yuan"])
    assert Entry.objects.filter(kind="plan.proposed").count() == 3
    assert Entry.objects.filter(kind="joint.proposed").count() == 1
    shown = queries.get_plan(actor=planner, plan_id=plans[0].pk)
    assert (shown.joint_id, shown.may_change, shown.may_approve) == (joint.pk, False, False)


def test_a_second_person_approves_all_and_their_customer_accepts_all(three, planner, programme_manager, manager, now):
    joint = propose(three, planner, now)
    with pytest.raises(actions.SecondPersonNeeded):
        actions.approve_joint_plan(actor=planner, joint_id=joint.pk, now=now)
    with pytest.raises(actions.NotOpen, match="proposed"):
        actions.accept_joint_plan(actor=manager, joint_id=joint.pk, now=now)
    (waiting,) = queries.list_to_approve(actor=programme_manager)
    assert (waiting.kind, waiting.id) == ("joint_plan", joint.pk)
    actions.approve_joint_plan(actor=programme_manager, joint_id=joint.pk, now=now)
    assert all(case.milestones.get(code="plan_reply").done_at == now for case in three)
    assert queries.get_joint_plan(actor=manager, joint_id=joint.pk).may_accept
    with pytest.raises(actions.NotOpen):
        actions.approve_joint_plan(actor=programme_manager, joint_id=joint.pk, now=now)
    actions.accept_joint_plan(actor=manager, joint_id=joint.pk, now=now)
    (group,) = joint.document["groups"]
    held = Reservation.objects.filter(network=joint.network)
    assert held.count() == 3
    assert sum(one.p_kw for one in held) == pytest.approx(group["plan"]["reserve_kw"], abs=1e-5)
    assert set(Plan.objects.filter(joint=joint).values_list("status", flat=True)) == {"accepted"}
    joint.refresh_from_db()
    assert (joint.status, joint.accepted_at) == ("accepted", now)


def test_nothing_is_reserved_where_one_customer_is_missing(three, charger_case, hire, planner, programme_manager, manager, now):
    somebody = hire("customer", "somebody-else")
    other = charger_case("C9", 82.0, mandated=False, owner=somebody)
    joint = propose([*three, other], planner, now)
    actions.approve_joint_plan(actor=programme_manager, joint_id=joint.pk, now=now)
    with pytest.raises(NotAllowed, match=other.number):
        actions.accept_joint_plan(actor=manager, joint_id=joint.pk, now=now)
    assert not Reservation.objects.exists()
    with pytest.raises(NotAllowed):
        queries.get_joint_plan(actor=somebody, joint_id=joint.pk)  # it is not all his


def test_its_plans_cannot_be_approved_accepted_or_changed_alone(three, planner, programme_manager, manager, now):
    joint = propose(three, planner, now)
    plan = joint.plans.first()
    with pytest.raises(actions.PartOfJointPlan, match="joint plan 1"):
        actions.approve_plan(actor=programme_manager, plan_id=plan.pk, now=now)
    actions.approve_joint_plan(actor=programme_manager, joint_id=joint.pk, now=now)
    with pytest.raises(actions.PartOfJointPlan):
        actions.accept_option(actor=manager, option_id=plan.options.get().pk, now=now)


def test_a_member_that_gets_another_answer_supersedes_the_whole(three, planner, programme_manager, now):
    joint = propose(three, planner, now)
    actions.propose_plan(actor=planner, case_id=three[0].pk, now=now)
    joint.refresh_from_db()
    assert joint.status == "superseded"
    assert set(joint.plans.values_list("status", flat=True)) == {"superseded"}
    second = propose(three[1:], planner, now)
    assert second.version == 2
    assert Plan.objects.get(case=three[0], version=2).status == "proposed"  # it is no member


def test_a_case_that_ended_must_be_left_out(three, planner, programme_manager, resident, cell_manager, manager, now):
    joint = propose(three, planner, now)
    withdraw_case(actor=manager, case_id=three[2].pk, reason="不装了", now=now)
    with pytest.raises(actions.NotOpen, match=three[2].number):
        actions.approve_joint_plan(actor=programme_manager, joint_id=joint.pk, now=now)
    view = queries.get_joint_plan(actor=programme_manager, joint_id=joint.pk)
    assert not view.may_approve
    assert [member.is_open for member in view.members] == [True, True, False]
    with pytest.raises(actions.NotApplicable, match=three[2].number):
        propose(three, planner, now)


def test_somebody_else_reserved_there_since(three, accepted, planner, programme_manager, manager, now):
    joint = propose(three, planner, now)
    actions.approve_joint_plan(actor=programme_manager, joint_id=joint.pk, now=now)
    accepted("A051", metres_east=75.0)
    with pytest.raises(actions.PlanOutdated):
        actions.accept_joint_plan(actor=manager, joint_id=joint.pk, now=now)


def test_it_expires_with_its_plans(three, planner, programme_manager, manager, now):
    joint = propose(three, planner, now)
    actions.approve_joint_plan(actor=programme_manager, joint_id=joint.pk, now=now)
    later = now + timedelta(days=100)
    with pytest.raises(actions.PlanExpired):
        actions.accept_joint_plan(actor=manager, joint_id=joint.pk, now=later)
    assert len(actions.expire_plans(actor=planner, now=later)) == 3
    joint.refresh_from_db()
    assert joint.status == "expired"


def test_one_application_is_no_joint_plan(three, planner, now):
    with pytest.raises(actions.NotApplicable, match="at least 2"):
        propose(three[:1], planner, now)


def test_coming_needs_near_it_are_counted_and_complaints_settled(three, commissioner, cell_manager, planner, now):
    from tests.apps.conftest import _at, make_demand

    from tongdian.apps.demands.models import Demand

    lon, lat = _at(120.0, 5.0)
    given = {"name": "幼儿园", "place": "汉西新村", "lon": lon, "lat": lat, "kw": 30, "wanted_on": "2021-12-01", "probability": 50}
    actions.record_need(actor=commissioner, given=given, now=now)
    far = given | {"name": "远处", "lon": lon + 1.0}
    actions.record_need(actor=commissioner, given=far, now=now)
    said = make_demand(cell_manager, now, "V1", "low_voltage")
    Demand.objects.filter(pk=said.pk).update(building=three[0].building)
    place = queries.get_joint_place(actor=planner, community_id=three[0].building.community_id, now=now)
    assert (place.needs, place.needs_kw, place.complaints) == (1, 15.0, ((said.number, three[0].building.name),))
    joint = propose(three, planner, now, counts_needs=True)
    assert joint.counts_needs
    assert [one["reference"] for one in joint.document["prospects"]] == ["幼儿园"]
    assert [one["reference"] for one in joint.document["complaints"]] == [said.number]


def test_a_worker_makes_it_or_says_why_not(three, planner, now):
    name = User.objects.get(pk=planner.id).get_username()
    asked = {"community_id": three[0].building.community_id, "counts_needs": False, "username": name, "owner": planner.id}
    made = tasks.propose_jointly.call(case_ids=[str(case.pk) for case in three], **asked)
    assert JointPlan.objects.get().pk.hex == made["joint"].replace("-", "")
    refused = tasks.propose_jointly.call(case_ids=[str(three[0].pk)], **asked)
    assert "at least" in refused["refused"]
    assert refused["values"] == {"fewest": 2}


def test_papers_are_written(three, planner, now):
    joint = propose(three, planner, now)
    name, paper = queries.get_joint_paper(actor=planner, joint_id=joint.pk, language="zh", draft="草稿", now=now)
    assert name.endswith("-1.pdf")
    assert paper.startswith(b"%PDF")
    assert queries.get_joint_bill(actor=planner, joint_id=joint.pk)[0].endswith("-1.xlsx")
    plan = joint.plans.first()
    assert queries.get_reply_paper(actor=planner, plan_id=plan.pk, language="zh", draft="草稿", now=now)[1].startswith(b"%PDF")


@pytest.mark.parametrize("unknown", ["4711", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_one_is_refused(db, planner, unknown):
    with pytest.raises(queries.UnknownPlan):
        queries.get_joint_plan(actor=planner, joint_id=unknown)
    with pytest.raises(queries.UnknownPlan):
        queries.find_community(community_id=4711)
