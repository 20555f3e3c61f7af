from datetime import date, timedelta

import pytest

from tongdian.apps.cases import actions, mapping, queries
from tongdian.apps.cases.models import Case, Evidence
from tongdian.apps.demands.actions import receive_demands
from tongdian.apps.demands.models import Demand
from tongdian.apps.demands.queries import list_categories
from tongdian.apps.journal.actions import LARGEST_FILE_BYTES, UnusableFile, keep_file
from tongdian.apps.journal.models import Entry
from tongdian.apps.people.queries import NotAllowed
from tongdian.kit.sheets import Sheet

pytestmark = pytest.mark.django_db
FORM = ("form.pdf", b"%PDF application")


def test_a_case_opens_with_every_milestone_of_its_procedure(open_elevator_case, cell_manager, now):
    case = open_elevator_case()
    thread = queries.get_thread(actor=cell_manager, case_id=case.pk, now=now)
    assert case.number == "TD-2021-00001"
    assert [(step.code, step.state) for step in thread.milestones[:2]] == [("application", "now"), ("plan_reply", "todo")]
    assert [step.shares_visit for step in thread.milestones] == [False, False, False, True, True, True, True]
    assert (thread.line.party, thread.line.role, thread.line.kw) == ("utility", "cell_manager", 15.0)
    assert thread.demands[0].text == "A048 井道已经封顶"


def test_a_demand_is_understood_before_a_promise_is_made(cell_manager, now, elevator_application):
    receive_demands(actor=cell_manager, sheet=Sheet(header=("text",), rows=(("电梯",),)), now=now)
    with pytest.raises(actions.CategoryUnconfirmed):
        actions.take_up_demand(
            actor=cell_manager,
            demand_id=Demand.objects.get().pk,
            procedure="elevator",
            building="1幢",
            lon=7.88,
            lat=48.46,
            application=elevator_application(),
            now=now,
        )
    assert not Case.objects.exists()


def test_one_demand_is_promised_once(open_elevator_case):
    open_elevator_case()
    with pytest.raises(actions.AlreadyPromised, match="TD-2021-00001"):
        open_elevator_case()
    assert Case.objects.count() == 1


def test_every_category_is_served_by_a_procedure():
    offered = {category.code: [one.code for one in queries.list_procedures(category=category.code)] for category in list_categories()}
    assert offered["elevator_connection"] == ["elevator"]
    assert offered["hv_connection"] == ["hv_dual", "hv_single"]
    assert offered["service_conduct"] == ["general_reply"]
    assert all(offered.values())
    assert [one.code for one in queries.list_procedures(category="a new one")] == ["general_reply"]


@pytest.mark.parametrize("code", ["spaceship", "../limits", ""])
def test_an_unknown_procedure_is_refused(demand, cell_manager, now, code):
    with pytest.raises(mapping.UnknownProcedure):
        actions.take_up_demand(
            actor=cell_manager,
            demand_id=demand.pk,
            procedure=code,
            building="1幢",
            lon=7.88,
            lat=48.46,
            application={},
            now=now,
        )


def test_a_milestone_needs_its_evidence_and_keeps_it(open_elevator_case, cell_manager, now, settings):
    case = open_elevator_case()
    with pytest.raises(actions.UnusableEvidence, match="application_form"):
        actions.complete_milestone(actor=cell_manager, case_id=case.pk, code="application", evidence={}, now=now)
    assert not Evidence.objects.exists()
    actions.complete_milestone(actor=cell_manager, case_id=case.pk, code="application", evidence={"application_form": FORM}, now=now)
    kept = Evidence.objects.get()
    assert (settings.DATA_DIR / "files" / kept.file_sha256[:2] / kept.file_sha256).read_bytes() == FORM[1]


def test_a_milestone_recorded_twice_counts_once(open_elevator_case, cell_manager, now):
    case = open_elevator_case()
    for later in range(2):
        actions.complete_milestone(
            actor=cell_manager, case_id=case.pk, code="application", evidence={"application_form": FORM}, now=now + timedelta(days=later)
        )
    assert Entry.objects.filter(kind="case.milestone_done").count() == 1
    assert case.milestones.get(code="application").done_at == now


def test_a_milestone_waits_for_those_before_it(open_elevator_case, crew, now):
    case = open_elevator_case()
    with pytest.raises(actions.NotYet, match="contract"):
        actions.complete_milestone(actor=crew, case_id=case.pk, code="meter", evidence={}, now=now)


def test_a_milestone_is_reached_by_its_own_role_only(open_elevator_case, planner, now):
    case = open_elevator_case()
    with pytest.raises(NotAllowed, match="cell_manager"):
        actions.complete_milestone(actor=planner, case_id=case.pk, code="application", evidence={"application_form": FORM}, now=now)


@pytest.mark.parametrize("days", [-1, 1])
def test_a_milestone_is_reached_neither_before_the_case_nor_in_the_future(open_elevator_case, cell_manager, now, days):
    case = open_elevator_case()
    with pytest.raises(actions.ImpossibleMoment, match="2021-04-13 09:30"):
        actions.complete_milestone(
            actor=cell_manager,
            case_id=case.pk,
            code="application",
            evidence={"application_form": FORM},
            now=now,
            occurred_at=now + timedelta(days=days),
        )
    assert case.milestones.get(code="application").done_at is None


def test_unknown_milestones_and_cases_are_refused(open_elevator_case, cell_manager, now):
    case = open_elevator_case()
    with pytest.raises(queries.UnknownMilestone):
        actions.complete_milestone(actor=cell_manager, case_id=case.pk, code="lunch", evidence={}, now=now)
    with pytest.raises(queries.UnknownCase):
        queries.get_thread(actor=cell_manager, case_id="nonsense", now=now)


def test_an_empty_or_enormous_file_is_no_evidence():
    for content in (b"", b"x" * (LARGEST_FILE_BYTES + 1)):
        with pytest.raises(UnusableFile):
            keep_file(content=content)


def test_due_dates_move_with_the_milestone_that_is_late(open_elevator_case, cell_manager, now):
    case = open_elevator_case()  # Tuesday 13 April
    assert case.milestones.get(code="plan_reply").due_date == date(2021, 4, 15)
    assert case.milestones.get(code="power_on").due_date == date(2021, 4, 20)  # survey and contract on Monday, power on the day after
    actions.complete_milestone(
        actor=cell_manager, case_id=case.pk, code="application", evidence={"application_form": FORM}, now=now + timedelta(days=2)
    )
    assert case.milestones.get(code="plan_reply").due_date == date(2021, 4, 19)
    assert case.milestones.get(code="power_on").due_date == date(2021, 4, 22)


def test_a_late_case_says_by_how_much_and_who_holds_it(open_elevator_case, cell_manager, now):
    open_elevator_case()
    late = now + timedelta(days=6)  # Monday 19 April; the application was due on the 13th
    line = queries.list_cases(actor=cell_manager, late=True, now=late)[0]
    assert (line.late_days, line.role, line.is_due_soon) == (4, "cell_manager", False)
    assert queries.list_cases(actor=cell_manager, late=True, now=now) == ()
    assert queries.list_cases(actor=cell_manager, now=now)[0].is_due_soon


@pytest.mark.parametrize(("end", "state"), [(actions.withdraw_case, "withdrawn"), (actions.reject_case, "rejected")])
def test_a_case_ends_early_only_with_a_reason_and_only_once(open_elevator_case, cell_manager, now, end, state):
    case = open_elevator_case()
    with pytest.raises(actions.ReasonNeeded):
        end(actor=cell_manager, case_id=case.pk, reason="  ", now=now)
    assert end(actor=cell_manager, case_id=case.pk, reason="业主改变主意", now=now).state == state
    with pytest.raises(actions.CaseNotOpen):
        end(actor=cell_manager, case_id=case.pk, reason="again", now=now)
    with pytest.raises(actions.CaseNotOpen):
        actions.complete_milestone(actor=cell_manager, case_id=case.pk, code="application", evidence={"application_form": FORM}, now=now)
    assert queries.list_untrue_cases() == ()


def test_a_case_is_what_its_journal_says_and_a_lie_is_found(open_elevator_case, cell_manager, now):
    case = open_elevator_case()
    actions.complete_milestone(actor=cell_manager, case_id=case.pk, code="application", evidence={"application_form": FORM}, now=now)
    assert queries.list_untrue_cases() == ()
    case.milestones.filter(code="application").update(done_at=now - timedelta(days=1))
    assert queries.list_untrue_cases() == (case.number,)


def test_a_customer_sees_his_own_cases_only(open_elevator_case, resident, hire, now):
    own = open_elevator_case("A048")
    other = open_elevator_case("A049")
    assert [line.id for line in queries.list_cases(actor=resident, now=now)] == [own.pk]
    assert queries.get_thread(actor=resident, case_id=own.pk, now=now).may_withdraw
    with pytest.raises(NotAllowed):
        queries.get_thread(actor=resident, case_id=other.pk, now=now)


def test_cases_are_found_by_what_was_said_place_and_state(open_elevator_case, cell_manager, now):
    case = open_elevator_case()

    def found(**filters):
        return [line.number for line in queries.list_cases(actor=cell_manager, now=now, **filters)]

    assert (
        found(words="井道")
        == found(words="汉西")
        == found(words=case.number)
        == found(state="open")
        == found(role="cell_manager")
        == [case.number]
    )
    assert found(words="没有") == found(state="closed") == found(role="crew") == []
    assert queries.count_states() == {"open": 1, "closed": 0, "withdrawn": 0, "rejected": 0}
    assert [line.number for line in queries.list_cases_of_demand(actor=cell_manager, demand_id=Demand.objects.get().pk, now=now)] == [
        case.number
    ]
