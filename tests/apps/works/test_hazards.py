"""
One household, one plan: nothing closes before each hazard is settled; and what works cost beside their estimate.
"""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests.apps.conftest import make_demand

from tongdian.apps.cases import queries as cases
from tongdian.apps.cases.actions import OtherAction, complete_milestone, take_up_demand
from tongdian.apps.works import actions, queries

pytestmark = pytest.mark.django_db
PHOTO = ("photo.jpg", b"photo")


@pytest.fixture
def case(cell_manager, hire, now):
    """A household whose wiring is renewed, up to the crew's visit."""
    said = make_demand(cell_manager, now, "H001", "indoor_wiring")
    case = take_up_demand(
        actor=cell_manager,
        demand_id=said.pk,
        procedure="household_rewiring",
        building="3幢302",
        lon=7.88,
        lat=48.46,
        application={},
        now=now,
    )
    complete_milestone(actor=cell_manager, case_id=case.pk, code="registration", evidence={}, now=now)
    visit = actions.plan_visit(actor=cell_manager, case_id=case.pk, visit="A", day=date(2021, 4, 13), now=now)
    proof = {
        "survey": {"site_photo": PHOTO, "hazards": 2, "insulation_mohm": 0.3},
        "consent": {"household_plan": ("plan.pdf", b"%PDF one household, one plan")},
    }
    actions.report_visit(actor=cell_manager, order_id=visit.pk, key="a", evidence=proof, occurred_at=now, now=now)
    complete_milestone(actor=hire("dispatcher"), case_id=case.pk, code="materials", evidence={"materials_list": PHOTO}, now=now)
    return case


def report_rewiring(case, crew, dispatcher, now):
    visit = actions.plan_visit(actor=dispatcher, case_id=case.pk, visit="B", day=date(2021, 4, 14), now=now)
    proof = {
        "rewiring": {"wire_m": 130, "lamps": 3, "after_photo": PHOTO},
        "hazards_settled": {"hazards_left": 0, "insulation_after_mohm": 20.0, "tripping_ma": 22},
    }
    at = now + timedelta(days=1)
    return actions.report_visit(actor=crew, order_id=visit.pk, key="b", evidence=proof, occurred_at=at, now=at)


def test_a_household_closes_only_when_each_hazard_is_settled(case, cell_manager, crew, hire, now):
    dispatcher = hire("dispatcher")
    wire = actions.note_hazard(actor=cell_manager, case_id=case.pk, kind="aged_wire", where="厨房", now=now)
    socket = actions.note_hazard(actor=cell_manager, case_id=case.pk, kind="broken_socket", where="床头", now=now)
    actions.settle_hazard(actor=crew, hazard_id=wire.pk, remedy="换线 130 米", photo=PHOTO, now=now)
    with pytest.raises(actions.HazardsLeft, match="broken_socket"):
        report_rewiring(case, crew, dispatcher, now)
    assert case.milestones.get(code="rewiring").done_at is None  # nothing of the visit landed
    actions.settle_hazard(actor=crew, hazard_id=socket.pk, remedy="换插座", now=now)
    report_rewiring(case, crew, dispatcher, now)
    assert case.milestones.get(code="hazards_settled").done_at == now + timedelta(days=1)
    assert cases.list_untrue_cases() == ()


def test_a_hazard_is_noted_and_settled_once(case, cell_manager, now):
    for _ in range(2):
        hazard = actions.note_hazard(actor=cell_manager, case_id=case.pk, kind="no_rcd", where="表箱", now=now)
        actions.settle_hazard(actor=cell_manager, hazard_id=hazard.pk, remedy="装漏保", now=now)
    (line,) = queries.list_hazards(actor=cell_manager, case_id=case.pk)
    assert (line.kind, line.where, line.remedy) == ("no_rcd", "表箱", "装漏保")


@pytest.mark.parametrize(("kind", "where"), [("ghost", "厨房"), ("no_rcd", " ")])
def test_a_hazard_says_what_and_where(case, cell_manager, now, kind, where):
    with pytest.raises(actions.UnusableHazard):
        actions.note_hazard(actor=cell_manager, case_id=case.pk, kind=kind, where=where, now=now)


def test_a_hazard_is_settled_by_something(case, cell_manager, now):
    hazard = actions.note_hazard(actor=cell_manager, case_id=case.pk, kind="no_rcd", where="表箱", now=now)
    with pytest.raises(actions.UnusableHazard):
        actions.settle_hazard(actor=cell_manager, hazard_id=hazard.pk, remedy="", now=now)
    with pytest.raises(queries.UnknownHazard):
        actions.settle_hazard(actor=cell_manager, hazard_id=0, remedy="修好", now=now)


def test_a_milestone_with_an_effect_is_not_recorded_alone(case, crew, now):
    with pytest.raises(OtherAction):
        complete_milestone(actor=crew, case_id=case.pk, code="hazards_settled", evidence={}, now=now)


def settle(case, actor, now, amount="826000.00", day=date(2021, 4, 12)):
    return actions.record_settlement(actor=actor, case_id=case.pk, amount_yuan=Decimal(amount), settled_on=day, now=now)


def test_the_settlement_stands_beside_the_estimate(accepted, cell_manager, now):
    case = accepted()
    estimate = case.plans.get().options.get(rank=1).utility_yuan
    settle(case, cell_manager, now, amount=str(estimate + 100))
    shown = queries.get_settlement(actor=cell_manager, case_id=case.pk)
    assert (shown.estimate_yuan, shown.difference_yuan) == (estimate, Decimal(100))
    assert shown.difference_percent == pytest.approx(float(100 * 100 / estimate))


def test_without_a_plan_there_is_no_difference(case, cell_manager, now):
    assert queries.get_settlement(actor=cell_manager, case_id=case.pk) is None
    settle(case, cell_manager, now)
    assert queries.get_settlement(actor=cell_manager, case_id=case.pk).difference_yuan is None


def test_a_settlement_is_recorded_once(case, cell_manager, now):
    first = settle(case, cell_manager, now)
    assert settle(case, cell_manager, now).pk == first.pk
    with pytest.raises(actions.UnusableSettlement, match="826000"):
        settle(case, cell_manager, now, amount="1.00")


@pytest.mark.parametrize(("amount", "day"), [("0", date(2021, 4, 12)), ("-5", date(2021, 4, 12)), ("5", date(2021, 4, 20))])
def test_an_amount_that_cannot_be_is_refused(case, cell_manager, now, amount, day):
    with pytest.raises(actions.UnusableSettlement):
        settle(case, cell_manager, now, amount, day)
