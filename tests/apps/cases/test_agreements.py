"""
Duties of others: milestones with an agreed day, on a paper that all parties sign.
"""

from datetime import date, timedelta

import pytest

from tongdian.apps.cases import actions, queries
from tongdian.apps.cases.actions import DutyTerms
from tongdian.apps.journal.models import Entry
from tongdian.apps.people.queries import NotAllowed

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PARTIES = {"utility": "示范县供电公司", "authority": "滨江工业园管委会", "customer": "康宁防护用品有限公司"}
SIGNED = ("signed.pdf", b"%PDF signed")


@pytest.fixture
def case(open_enterprise_case, commissioner, now):
    opened = open_enterprise_case()
    proof = {code: (f"{code}.pdf", b"%PDF") for code in ("application_form", "identity", "project_approval")}
    actions.complete_milestone(actor=commissioner, case_id=opened.pk, code="application", evidence=proof, now=now)
    return opened


def terms(milestone="corridor", day=20, task="提供环网柜用地与掘路许可"):
    return DutyTerms(milestone=milestone, task=task, due_date=date(2021, 4, day))


def draw_up(case, actor, now, duties=None, parties=PARTIES):
    duties = [terms(), terms("grid_works", 26, "新建环网柜、敷设电缆")] if duties is None else duties
    return actions.draw_up_agreement(actor=actor, case_id=case.pk, parties=parties, duties=duties, now=now)


def sign(agreement, actor, at, parties=PARTIES):
    for party in parties:
        actions.sign_agreement(actor=actor, agreement_id=agreement.pk, party=party, signer="张三", file=SIGNED, occurred_at=at, now=at)


def test_an_agreement_is_a_paper_with_its_duties(case, commissioner, now):
    agreement = draw_up(case, commissioner, now)
    name, paper = queries.get_evidence_file(actor=commissioner, case_id=case.pk, sha256=agreement.file_sha256)
    assert (name, paper[:5]) == ("XY-2021-00001-1.pdf", b"%PDF-")
    assert [(duty.milestone, duty.owner) for duty in agreement.duties.all()] == [
        ("corridor", "滨江工业园管委会"),
        ("grid_works", "示范县供电公司"),
    ]


def test_the_days_count_when_all_have_signed(case, commissioner, now):
    agreement = draw_up(case, commissioner, now)
    sign(agreement, commissioner, now + DAY, parties=["utility", "authority"])
    assert "corridor" not in queries.get_due_dates(case=case)
    sign(agreement, commissioner, now + DAY, parties=["customer"])
    assert queries.get_due_dates(case=case)["corridor"].date == date(2021, 4, 20)
    assert case.milestones.get(code="agreement").done_at == now + DAY
    assert case.milestones.get(code="corridor").due_date == date(2021, 4, 20)
    assert queries.list_untrue_cases() == ()


def test_a_late_duty_moves_what_depends_on_it(case, commissioner, now):
    sign(draw_up(case, commissioner, now), commissioner, now)
    punctual = queries.get_expected_dates(case=case, now=now)
    late = queries.get_expected_dates(case=case, now=now + 12 * DAY)  # the corridor was due five days ago
    assert (punctual["corridor"], late["corridor"]) == (date(2021, 4, 20), date(2021, 4, 25))
    assert (punctual["grid_works"], late["grid_works"]) == (date(2021, 4, 26), date(2021, 5, 1))
    steps = {step.code: step for step in queries.get_thread(actor=commissioner, case_id=case.pk, now=now + 12 * DAY).milestones}
    assert (steps["grid_works"].is_agreed, steps["grid_works"].moved_days) == (True, 5)


def test_a_page_names_who_has_signed_and_who_is_late(case, commissioner, now):
    agreement = draw_up(case, commissioner, now)
    sign(agreement, commissioner, now, parties=["authority"])
    shown = queries.list_agreements(case=case, now=now + 8 * DAY)[0]
    assert {one.party: one.signer for one in shown.parties} == {"utility": "", "authority": "张*", "customer": ""}
    assert [(duty.milestone, duty.late_days) for duty in shown.duties] == [("corridor", 1), ("grid_works", 0)]


def test_a_newer_agreement_takes_the_place_of_the_older(case, commissioner, now):
    first = draw_up(case, commissioner, now)
    sign(first, commissioner, now)
    second = draw_up(case, commissioner, now + DAY, duties=[terms(day=23)])
    assert queries.get_due_dates(case=case)["corridor"].date == date(2021, 4, 20)
    sign(second, commissioner, now + DAY)
    assert queries.get_due_dates(case=case)["corridor"].date == date(2021, 4, 23)
    assert queries.list_untrue_cases() == ()


def test_an_older_agreement_cannot_be_signed_any_more(case, commissioner, now):
    first = draw_up(case, commissioner, now)
    draw_up(case, commissioner, now)
    with pytest.raises(actions.NotSignable, match="newer"):
        sign(first, commissioner, now)


def test_who_signed_stands_in_the_journal_only_sealed(case, commissioner, now):
    sign(draw_up(case, commissioner, now), commissioner, now)
    values = [entry.values for entry in Entry.objects.filter(kind="case.agreement_signed")]
    assert len(values) == 3
    assert all("张三" not in str(one) and len(one["file"]) == 64 for one in values)


@pytest.mark.parametrize(
    ("duties", "parties", "reason"),
    [
        ([terms("spaceship")], PARTIES, "spaceship"),
        ([terms("application")], PARTIES, "application"),
        ([terms(), terms()], PARTIES, "twice"),
        ([terms("equipment")], PARTIES, "supplier"),
        ([terms(day=12)], PARTIES, "passed"),
        ([], PARTIES, "at least one duty"),
        ([terms()], {"utility": "供电公司"}, "at least one other"),
        ([terms()], PARTIES | {"martian": "火星"}, "martian"),
    ],
)
def test_what_cannot_be_agreed_is_refused_by_name(case, commissioner, now, duties, parties, reason):
    with pytest.raises(actions.UnusableAgreement, match=reason):
        draw_up(case, commissioner, now, duties, parties)
    assert not case.agreements.exists()


@pytest.mark.parametrize(("party", "signer"), [("supplier", "张三"), ("customer", " ")])
def test_only_a_party_signs_and_by_name(case, commissioner, now, party, signer):
    agreement = draw_up(case, commissioner, now)
    with pytest.raises(actions.NotSignable):
        actions.sign_agreement(
            actor=commissioner, agreement_id=agreement.pk, party=party, signer=signer, file=SIGNED, occurred_at=now, now=now
        )


def test_a_party_signs_once_and_not_before_it_was_drawn_up(case, commissioner, now):
    agreement = draw_up(case, commissioner, now)
    with pytest.raises(actions.ImpossibleMoment):
        sign(agreement, commissioner, now - DAY, parties=["customer"])
    sign(agreement, commissioner, now, parties=["customer"])
    with pytest.raises(actions.NotSignable, match="already"):
        sign(agreement, commissioner, now, parties=["customer"])


def test_a_crew_draws_up_no_agreement(case, crew, now):
    with pytest.raises(NotAllowed):
        draw_up(case, crew, now)


def test_an_unknown_agreement_is_refused(commissioner):
    with pytest.raises(actions.UnknownAgreement):
        actions.find_agreement(agreement_id="00000000-0000-0000-0000-000000000000")
