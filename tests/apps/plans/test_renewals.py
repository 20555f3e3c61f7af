import pytest

from tongdian.apps.cases.actions import NotYet, take_up_demand
from tongdian.apps.journal.models import Entry
from tongdian.apps.people.queries import NotAllowed
from tongdian.apps.plans import actions, queries
from tongdian.apps.plans.models import Renewal
from tongdian.kit.refused import Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def renovation(town, cell_manager, now):
    """Open a renovation's case beside the small town's row of lines."""
    from tests.apps.conftest import _at, make_demand

    said = make_demand(cell_manager, now, "R001", "aging_public_line")
    lon, lat = _at(130.0, 8.0)
    return take_up_demand(
        actor=cell_manager, demand_id=said.pk, procedure="lv_renovation", building="全小区", lon=lon, lat=lat, application={}, now=now
    )


def lines_of(case, planner, *names):
    found = {line.line_name: line.line_id for line in queries.list_renewal_choices(actor=planner, case_id=case.pk).lines}
    return [found[name] for name in names]


def propose(case, planner, now, *names, growth=0.3):
    lines = lines_of(case, planner, *names)
    return actions.propose_renewal(actor=planner, case_id=case.pk, lines=lines, growth=growth, now=now)


def test_a_stretch_is_planned_with_its_steps(renovation, planner, now):
    renewal = propose(renovation, planner, now, "L1", "L2")
    view = queries.get_latest_renewal(actor=planner, case_id=renovation.pk)
    assert (view.id, view.status, view.document["length_m"]) == (renewal.pk, "proposed", 120.0)
    assert [step["kind"] for step in view.document["steps"]] == ["start", "move", "move", "remove"]
    assert Entry.objects.last().kind == "renewal.proposed"


def test_another_one_supersedes_it(renovation, planner, now):
    first, second = (propose(renovation, planner, now, name) for name in ("L1", "L2"))
    first.refresh_from_db()
    assert (first.status, second.version) == ("superseded", 2)


def test_it_is_approved_by_another_once_the_lines_are_surveyed(renovation, planner, programme_manager, cell_manager, now):
    from tongdian.apps.cases.actions import complete_milestone

    renewal = propose(renovation, planner, now, "L2")
    with pytest.raises(actions.SecondPersonNeeded):
        actions.approve_renewal(actor=planner, renewal_id=renewal.pk, now=now)
    with pytest.raises(NotYet):
        actions.approve_renewal(actor=programme_manager, renewal_id=renewal.pk, now=now)
    renewal.refresh_from_db()
    assert renewal.status == "proposed"
    complete_milestone(actor=cell_manager, case_id=renovation.pk, code="registration", evidence={}, now=now)
    seen = {"site_photo": ("site.jpg", b"photo"), "line_m": 60}
    complete_milestone(actor=cell_manager, case_id=renovation.pk, code="survey", evidence=seen, now=now)
    actions.approve_renewal(actor=programme_manager, renewal_id=renewal.pk, now=now)
    scheme = renovation.milestones.get(code="scheme")
    assert scheme.evidence.get(code="scheme").file_name.endswith("-R1.pdf")
    with pytest.raises(actions.NotOpen):
        actions.approve_renewal(actor=programme_manager, renewal_id=renewal.pk, now=now)
    with pytest.raises(actions.NotApplicable, match="approved already"):
        propose(renovation, planner, now, "L1")
    assert not queries.may_renew(actor=planner, case_id=renovation.pk)


@pytest.mark.parametrize(
    ("lines", "growth", "said"), [([], 0.3, "No line is named"), ([4711], 0.3, "4711"), (None, float("nan"), "growth")]
)
def test_what_cannot_be_renewed_is_refused_and_nothing_is_kept(renovation, planner, now, lines, growth, said):
    chosen = lines_of(renovation, planner, "L1") if lines is None else lines
    with pytest.raises(Refused, match=said):
        actions.propose_renewal(actor=planner, case_id=renovation.pk, lines=chosen, growth=growth, now=now)
    assert not Renewal.objects.exists()


def test_a_case_that_renews_no_lines_and_a_role_that_plans_nothing_are_refused(applied, renovation, planner, crew, now):
    case = applied()
    assert not queries.may_renew(actor=planner, case_id=case.pk)
    with pytest.raises(actions.NotApplicable, match="renews no lines"):
        actions.propose_renewal(actor=planner, case_id=case.pk, lines=[1], growth=0.3, now=now)
    with pytest.raises(NotAllowed):
        queries.list_renewal_choices(actor=crew, case_id=renovation.pk)
    assert not queries.may_renew(actor=crew, case_id=renovation.pk)


def test_papers_say_draft_until_it_is_approved(renovation, planner, now):
    renewal = propose(renovation, planner, now, "L2")
    name, paper = queries.get_renewal_paper(actor=planner, renewal_id=renewal.pk, language="zh", draft="草稿", now=now)
    assert name.endswith("-R1.pdf")
    assert paper.startswith(b"%PDF")
    assert queries.get_renewal_bill(actor=planner, renewal_id=renewal.pk)[0].endswith("-R1.xlsx")
    with pytest.raises(queries.UnknownPlan):
        queries.find_renewal(renewal_id=renovation.pk)
