from datetime import timedelta

import pytest

from tongdian.apps.people.queries import NotAllowed
from tongdian.apps.plans import actions, queries
from tongdian.apps.plans.models import Reservation

pytestmark = pytest.mark.django_db


def test_accepting_reserves_the_capacity(replied, resident, now):
    plan = replied()
    option = plan.options.get(rank=1)
    reservation = actions.accept_option(actor=resident, option_id=option.pk, now=now)
    assert queries.list_reserved_kw(network_id=plan.network_id, at=now) == {option.bus_id: reservation.p_kw}
    assert plan.case.milestones.get(code="plan_acceptance").done_at == now
    assert queries.get_plan(actor=resident, plan_id=plan.pk).options[0].is_accepted


def test_second_applicant_is_refused_when_the_first_took_the_rest(replied, applied, planner, resident, now):
    first = replied("A048", kw=40.0, metres_east=15.0, starting=1.2)
    second = applied("A049", kw=40.0, metres_east=15.0, starting=1.2)
    alone = actions.propose_plan(actor=planner, case_id=second.pk, now=now)
    assert alone.status == "proposed"
    actions.accept_option(actor=resident, option_id=first.options.get(rank=1).pk, now=now)
    after = actions.propose_plan(actor=planner, case_id=second.pk, now=now)
    assert [option.is_feasible for option in after.options.all()] == [False]
    assert after.options.get().document["binding"]["element_name"] == "T0"


def test_a_plan_that_others_overtook_must_be_made_anew(replied, hire, planner, resident, now):
    first, second = replied("A048"), replied("A049")
    actions.accept_option(actor=resident, option_id=first.options.get(rank=1).pk, now=now)
    other = own_customer(second.case, hire)
    with pytest.raises(actions.PlanOutdated):
        actions.accept_option(actor=other, option_id=second.options.get(rank=1).pk, now=now)
    again = actions.propose_plan(actor=planner, case_id=second.case_id, now=now)
    assert again.version == 2


def test_only_the_customer_accepts(replied, hire, planner, now):
    plan = replied()
    for actor in (hire("customer", "somebody_else"), planner):
        with pytest.raises(NotAllowed):
            actions.accept_option(actor=actor, option_id=plan.options.get(rank=1).pk, now=now)
    assert not Reservation.objects.exists()


def test_an_expired_plan_is_not_accepted_any_more(replied, resident, now):
    plan = replied()
    with pytest.raises(actions.PlanExpired, match="2021-07-13"):
        actions.accept_option(actor=resident, option_id=plan.options.get(rank=1).pk, now=now + timedelta(days=92))


def test_a_plan_is_accepted_once(replied, resident, planner, now):
    plan = replied()
    actions.accept_option(actor=resident, option_id=plan.options.get(rank=1).pk, now=now)
    with pytest.raises(actions.NotOpen):
        actions.accept_option(actor=resident, option_id=plan.options.get(rank=1).pk, now=now)
    with pytest.raises(actions.NotApplicable):
        actions.propose_plan(actor=planner, case_id=plan.case_id, now=now)


def own_customer(case, hire):
    """Give the customer of a case a login."""
    actor = hire("customer", f"owner-{case.number}")
    case.customer.user_id = int(actor.id)
    case.customer.save()
    return actor
