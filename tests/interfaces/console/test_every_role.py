"""
Every page answers everybody: it is shown, or refused with a reason; it is never broken.
"""

import pytest
from django.urls import URLPattern, reverse

from tongdian.apps.people.rules import Role
from tongdian.interfaces.console.urls import urlpatterns

pytestmark = pytest.mark.django_db
ROLES = sorted(set(Role) - {Role.SYSTEM})
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
    kept = case.milestones.get(code="application").evidence.get()
    return {
        "case_id": case.pk, "demand_id": case.demands.get().pk, "plan_id": plan.pk, "option_id": plan.options.first().pk, "order_id": order.pk,
        "code": "survey", "visit": "A", "sha256": kept.file_sha256,
    }  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_every_page_answers_every_role(role, hire, visit, things):
    client = visit(hire(role, f"some-{role}"))
    found = {pattern.name: client.get(address(pattern, things)).status_code for pattern in urlpatterns}
    assert set(found.values()) <= {200, 302, 403, 405}, found
    assert found["day"] == found["cases"] == 200
    assert (found["demands"] == 200) == (found["demand"] == 200) == (role in READS_DEMANDS)
    assert (found["journal"] == 200) == (role in READS_JOURNAL)
    assert (found["case"] == 200) == (found["plan"] == 200) == (role != Role.CUSTOMER)


def test_nobody_sees_anything_without_logging_in(client, things):
    for pattern in urlpatterns:
        response = client.get(address(pattern, things))
        assert pattern.name == "login" or response.status_code in {302, 405}, pattern.name
        assert pattern.name == "login" or response.status_code == 405 or "/login/" in response["Location"], pattern.name
