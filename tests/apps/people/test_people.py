from datetime import timedelta

import pytest

from tongdian.apps.journal.events import SYSTEM_ACTOR
from tongdian.apps.journal.models import Entry
from tongdian.apps.people import actions, queries, rules
from tongdian.apps.people.models import Customer, User

pytestmark = pytest.mark.django_db


def test_a_role_may_do_what_the_table_says_and_nothing_else(planner, crew):
    queries.require(planner, "propose_plan")
    with pytest.raises(queries.NotAllowed) as refused:
        queries.require(crew, "propose_plan")
    assert "planner" in str(refused.value)


def test_a_customer_may_only_touch_what_is_his_own(resident, hire, now):
    own = Customer.objects.create(reference="A", kind="residents", name="周", user_id=resident.id)
    other = Customer.objects.create(reference="B", kind="residents", name="吴")
    queries.require(resident, "accept_option", customer=own)
    for customer in (other, None):
        with pytest.raises(queries.NotAllowed):
            queries.require(resident, "accept_option", customer=customer)


def test_every_permission_names_known_roles_only():
    assert all(roles and roles <= set(rules.Role) for roles in rules.PERMISSIONS.values())


def test_registering_twice_changes_nothing(administrator, now):
    entries = Entry.objects.count()
    for name in ("first", "second"):
        actions.register_customer(actor=administrator, reference="C1", kind="residents", name=name, phone="13800002207", now=now)
    assert Customer.objects.get().name == "first"
    assert Entry.objects.count() == entries + 1


def test_the_journal_of_a_customer_holds_no_name(administrator, now):
    actions.register_customer(actor=administrator, reference="C1", kind="residents", name="周建国", phone="13800002207", now=now)
    values = Entry.objects.last().values
    assert "周建国" not in str(values)
    assert "13800002207" not in str(values)


def test_an_unknown_role_is_refused_with_the_possible_ones(administrator, now):
    with pytest.raises(actions.UnknownRole, match="cell_manager"):
        actions.register_user(actor=administrator, username="x", display_name="X", role="king", password=None, now=now)
    assert not User.objects.filter(username="x").exists()


def test_only_the_administrator_registers_users(planner, now):
    with pytest.raises(queries.NotAllowed):
        actions.register_user(actor=planner, username="x", display_name="X", role="crew", password=None, now=now)


def test_a_demonstration_lives_at_its_own_date_and_time_runs_on(now):
    then = now - timedelta(days=100)
    actions.set_installation(actor=SYSTEM_ACTOR, title="演示县", is_demo=True, moment=then, now=now)
    assert queries.get_now(now=now + timedelta(hours=2)) == then + timedelta(hours=2)
    assert queries.get_installation(now=now).is_demo


def test_a_real_installation_has_the_time_of_the_machine(now):
    assert queries.get_now(now=now) == now
    assert not queries.get_installation(now=now).is_demo


@pytest.mark.parametrize(("phone", "shown"), [("13812342207", "138****2207"), ("12345", "****"), ("", "")])
def test_phones_are_masked(phone, shown):
    assert rules.mask_phone(phone) == shown


@pytest.mark.parametrize(("name", "shown"), [("周建国", "周**"), ("周", "周*"), ("", "")])
def test_names_are_masked(name, shown):
    assert rules.mask_name(name) == shown


def test_actors_and_customers_are_found_or_refused(planner, administrator, now):
    assert queries.get_actor(username="planner") == planner
    with pytest.raises(queries.NotAllowed):
        queries.get_actor(username="nobody")
    with pytest.raises(queries.UnknownCustomer):
        queries.get_customer(reference="nobody")
    assert queries.list_names(ids=[planner.id, "system"]) == {planner.id: "Planner"}
