"""
Acting for somebody else: with consent, in stated matters, until a day; and the journal names both.
"""

from datetime import date, timedelta

import pytest

from tongdian.apps.cases.actions import withdraw_case
from tongdian.apps.journal.models import Entry
from tongdian.apps.people import actions, queries

pytestmark = pytest.mark.django_db
CONSENT = ("consent.pdf", b"%PDF I let her act for me")


@pytest.fixture
def case(open_elevator_case):
    return open_elevator_case()


def grant(case, actor, now, **more):
    terms = {"agent": "service_team", "matters": ["withdraw_case"], "valid_until": date(2021, 6, 30), "consent": CONSENT} | more
    return actions.grant_mandate(actor=actor, customer=case.customer, now=now, **terms)


def test_what_is_done_for_somebody_names_both(case, cell_manager, hire, now):
    helper = hire("service_team")
    mandate = grant(case, cell_manager, now)
    withdraw_case(actor=helper, case_id=case.pk, reason="业主委托撤回", now=now)
    entry = Entry.objects.get(kind="case.withdrawn")
    assert (entry.actor_id, entry.on_behalf_of) == (helper.id, f"{case.customer.reference} {mandate.number}")


def test_without_a_mandate_it_is_refused(case, hire, now):
    with pytest.raises(queries.NotAllowed):
        withdraw_case(actor=hire("service_team"), case_id=case.pk, reason="没人委托我", now=now)


@pytest.mark.parametrize(
    ("terms", "at"),
    [
        ({"matters": ["accept_option"]}, timedelta()),
        ({"valid_until": date(2021, 4, 14)}, timedelta(days=2)),
        ({"agent": "crew"}, timedelta()),
    ],
)
def test_a_mandate_holds_in_its_matters_for_its_agent_until_its_last_day(case, cell_manager, hire, now, terms, at):
    helper, _ = hire("service_team"), hire("crew")
    grant(case, cell_manager, now, **terms)
    with pytest.raises(queries.NotAllowed):
        withdraw_case(actor=helper, case_id=case.pk, reason="越权", now=now + at)


def test_a_customer_ends_a_mandate_at_once(case, cell_manager, resident, hire, now):
    helper = hire("service_team")
    mandate = grant(case, cell_manager, now)
    for _ in range(2):
        actions.revoke_mandate(actor=resident, number=mandate.number, now=now)
    assert Entry.objects.filter(kind="mandate.revoked").count() == 1
    with pytest.raises(queries.NotAllowed):
        withdraw_case(actor=helper, case_id=case.pk, reason="已收回", now=now)
    assert [line.is_valid for line in queries.list_mandates(actor=cell_manager, customer=case.customer, now=now)] == [False]


@pytest.mark.parametrize(
    "terms", [{"agent": "nobody"}, {"agent": "resident"}, {"matters": []}, {"matters": ["approve_plan"]}, {"valid_until": date(2021, 1, 1)}]
)
def test_a_mandate_by_which_nobody_can_act_is_refused(case, cell_manager, hire, now, terms):
    hire("service_team")
    with pytest.raises(actions.UnusableMandate):
        grant(case, cell_manager, now, **terms)


def test_an_unknown_mandate_is_refused(cell_manager, now):
    with pytest.raises(actions.UnusableMandate):
        actions.revoke_mandate(actor=cell_manager, number="BB-2021-99999", now=now)


def test_a_team_is_formed_once_and_grows(hire, now):
    actor = hire("service_team")
    for members in (["service_team"], ["service_team", "crew"]):
        hire("crew") if "crew" in members else None
        actions.form_team(actor=actor, title="秦淮一队", kind="service", members=members, now=now)
    assert [(team.name, len(team.members)) for team in queries.list_teams()] == [("秦淮一队", 2)]


@pytest.mark.parametrize(("kind", "members"), [("pirates", []), ("service", ["nobody"])])
def test_a_team_that_cannot_be_is_refused(hire, now, kind, members):
    with pytest.raises(actions.UnknownTeam):
        actions.form_team(actor=hire("service_team"), title="秦淮一队", kind=kind, members=members, now=now)
