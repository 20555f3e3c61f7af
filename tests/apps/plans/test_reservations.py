from datetime import timedelta

import pytest

from tongdian.apps.cases.actions import reject_case, withdraw_case
from tongdian.apps.journal.events import SYSTEM_ACTOR
from tongdian.apps.journal.models import Entry
from tongdian.apps.plans import actions, queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def reserved(replied, resident, now):
    plan = replied()
    return actions.accept_option(actor=resident, option_id=plan.options.get(rank=1).pk, now=now)


def held(reservation, at):
    return bool(queries.list_reserved_kw(network_id=reservation.network_id, at=at))


@pytest.mark.parametrize("end", [withdraw_case, reject_case])
def test_is_released_with_the_case(reserved, cell_manager, now, end):
    assert held(reserved, now)
    end(actor=cell_manager, case_id=reserved.case_id, reason="改主意", now=now)
    assert not held(reserved, now)


def test_is_released_when_the_plan_expires(reserved, now):
    assert held(reserved, now + timedelta(days=90))
    assert not held(reserved, now + timedelta(days=92))


def test_does_not_hold_before_it_was_made(reserved, now):
    assert not held(reserved, now - timedelta(minutes=1))


def test_is_bound_by_a_contract_and_does_not_expire_then(reserved, cell_manager, now):
    actions.bind_reservation(actor=cell_manager, case=reserved.case, now=now)
    assert held(reserved, now + timedelta(days=900))
    assert actions.expire_plans(actor=SYSTEM_ACTOR, now=now + timedelta(days=900)) == ()


def test_expiry_is_journalled_once_and_a_new_plan_can_be_made(reserved, planner, now):
    later = now + timedelta(days=92)
    assert [plan.status for plan in actions.expire_plans(actor=SYSTEM_ACTOR, now=later)] == ["expired"]
    assert actions.expire_plans(actor=SYSTEM_ACTOR, now=later) == ()
    assert Entry.objects.filter(kind="plan.expired").count() == 1
    assert actions.propose_plan(actor=planner, case_id=reserved.case_id, now=later).status == "proposed"
