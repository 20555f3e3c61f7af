"""
Every page answers everybody: it is shown, or refused with a reason; it is never broken.
"""

import pytest
from django.urls import URLPattern, reverse

from tongdian.apps.demands.models import Topic
from tongdian.apps.journal.models import Entry
from tongdian.apps.people.rules import PERMISSIONS, Role, may
from tongdian.interfaces.console.access import ACCESS
from tongdian.interfaces.console.urls import urlpatterns

pytestmark = pytest.mark.django_db
WRONG_FORM = {200, 302, 404, 409, 422}  # what an empty form is answered with where the role may send it
ROLES = sorted(set(Role) - {Role.PUBLIC, Role.SYSTEM})
# what each role may open beyond its own day and the lists of its work
READS_DEMANDS = set(ROLES) - {Role.CUSTOMER}
READS_JOURNAL = {Role.AUDITOR, Role.LEADER, Role.ADMINISTRATOR}


def address(pattern: URLPattern, things):
    """Return the address of a page with real things in it."""
    given = {name: things[name] for name in pattern.pattern.converters}
    return reverse(f"console:{pattern.name}", kwargs=given)


@pytest.fixture
def things(accepted, dispatcher, now):
    from tongdian.apps.works.actions import plan_visit

    case = accepted("A050")
    order = plan_visit(actor=dispatcher, case_id=case.pk, visit="A", day=now.date(), now=now)
    plan = case.plans.get()
    topic = Topic.objects.create(number="T-2021-0001", title="topic", category="elevator_connection", found_at=now)
    case.demands.update(topic=topic)
    kept = case.milestones.get(code="application").evidence.get()
    return {
        "case_id": case.pk, "demand_id": case.demands.get().pk, "plan_id": plan.pk, "option_id": plan.options.first().pk, "order_id": order.pk,
        "code": "survey", "visit": "A", "sha256": kept.file_sha256, "agreement_id": plan.pk, "household_id": plan.pk,
        "hazard_id": 1, "number": "BB-2021-00001", "user_id": 99999, "job_id": plan.pk, "topic_id": topic.pk, "change_id": 99999,
        "version": "unknown",
        "certificate_id": plan.pk, "check_id": plan.pk, "need_id": plan.pk, "renewal_id": plan.pk, "joint_plan_id": plan.pk, "community_id": case.building.community_id,
    }  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_every_page_answers_every_role(role, hire, visit, things):
    client = visit(hire(role, f"some-{role}"))
    found = {pattern.name: client.get(address(pattern, things)).status_code for pattern in urlpatterns}
    assert set(found.values()) <= {200, 302, 403, 404, 405}, found
    assert found["day"] == found["cases"] == 200
    assert (found["demands"] == 200) == (found["demand"] == 200) == (role in READS_DEMANDS)
    assert (found["journal"] == 200) == (role in READS_JOURNAL)
    assert (found["case"] == 200) == (found["plan"] == 200) == (role != Role.CUSTOMER)


def test_every_address_has_its_permission():
    named = {pattern.name for pattern in urlpatterns} - {"login", "logout"}
    assert named == set(ACCESS)
    assert {action for action in ACCESS.values() if action} <= set(PERMISSIONS)


@pytest.mark.parametrize("role", ROLES)
def test_every_step_asks_for_its_permission(role, hire, visit, things):
    """
    An empty form is refused for the permission or for the form, never lets anything happen, and never breaks.
    """
    client = visit(hire(role, f"some-{role}"))
    entries = Entry.objects.count()
    for pattern in urlpatterns:
        action = ACCESS.get(pattern.name)
        if action is None:
            continue
        status = client.post(address(pattern, things)).status_code
        if status == 405:
            continue  # a page, no step
        if action and not may(role, action, is_own=True):
            assert status == 403, pattern.name
        else:
            assert status in WRONG_FORM | {403}, pattern.name
    changed = set(Entry.objects.filter(sequence__gt=entries).values_list("kind", flat=True))
    done = {
        "demand.contact_revealed",
        "care.listed",
        "plan.proposed",
        "plan.infeasible",
        "plan.approved",
        "user.mail_set",
        "case.opened",
        "certificate.issued",
        "certificate.key_made",
    }
    assert changed <= done, changed


def test_nobody_sees_anything_without_logging_in(client, things):
    for pattern in urlpatterns:
        response = client.get(address(pattern, things))
        assert pattern.name == "login" or response.status_code in {302, 405}, pattern.name
        assert pattern.name == "login" or response.status_code == 405 or "/login/" in response["Location"], pattern.name
