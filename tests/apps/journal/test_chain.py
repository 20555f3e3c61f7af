from datetime import timedelta

import pytest
from django.db import connection, transaction

from tongdian.apps.journal import actions, events, queries, rules
from tongdian.apps.journal.events import SYSTEM_ACTOR
from tongdian.apps.journal.models import Entry, Head, SealKey
from tongdian.apps.people.models import Customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def thing():
    return Customer.objects.create(reference="C1", kind="residents", name="周", phone="")


@pytest.fixture
def five_entries(thing, now):
    with transaction.atomic():
        for number in range(5):
            actions.record(
                actor=SYSTEM_ACTOR, kind="test.happened", subject=thing, now=now + timedelta(minutes=number), values={"n": number}
            )


def tamper(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_an_untouched_chain_is_intact(five_entries):
    report = queries.verify_chain()
    assert (report.count, report.is_intact) == (5, True)


@pytest.mark.parametrize(
    ("sql", "sequence", "reason"),
    [
        ("UPDATE journal_entry SET kind = 'test.forged' WHERE sequence = 3", 3, rules.CHANGED),
        ("UPDATE journal_entry SET recorded_at = '2021-01-01 00:00:00' WHERE sequence = 2", 2, rules.CHANGED),
        ('UPDATE journal_entry SET "values" = \'{"n": 9}\' WHERE sequence = 4', 4, rules.CHANGED),
        ("DELETE FROM journal_entry WHERE sequence = 3", 4, rules.MISSING),
        ("DELETE FROM journal_entry WHERE sequence = 5", 5, rules.CUT),
        ("DELETE FROM journal_entry WHERE sequence = 1", 2, rules.MISSING),
    ],
)
def test_finds_the_entry_that_was_changed_or_removed(five_entries, sql, sequence, reason):
    tamper(sql)
    breaks = queries.verify_chain().breaks
    assert (sequence, reason) in [(found.sequence, found.reason) for found in breaks]


def test_finds_reordered_entries(five_entries):
    tamper("UPDATE journal_entry SET sequence = 99 WHERE sequence = 2")
    tamper("UPDATE journal_entry SET sequence = 2 WHERE sequence = 3")
    tamper("UPDATE journal_entry SET sequence = 3 WHERE sequence = 99")
    assert {found.sequence for found in queries.verify_chain().breaks} >= {2, 3}


def test_a_chain_rewritten_as_a_whole_differs_from_the_hash_noted_down(five_entries, thing, now):
    noted = (3, Entry.objects.get(sequence=3).hash)
    assert queries.verify_chain(noted=noted).is_intact
    tamper("DELETE FROM journal_entry")
    Head.objects.all().delete()
    with transaction.atomic():
        for number in range(5):
            actions.record(actor=SYSTEM_ACTOR, kind="test.forged", subject=thing, now=now, values={"n": number})
    assert queries.verify_chain().is_intact
    assert [found.reason for found in queries.verify_chain(noted=noted).breaks] == [rules.NOT_AS_NOTED]


def test_entries_are_neither_changed_nor_deleted_through_the_model(five_entries):
    with pytest.raises(NotImplementedError):
        Entry.objects.filter(sequence=1).update(kind="x")
    with pytest.raises(NotImplementedError):
        Entry.objects.filter(sequence=1).delete()


def test_an_entry_vanishes_with_the_transaction_it_belongs_to(five_entries, thing, now):
    class CrashError(Exception):
        pass

    with pytest.raises(CrashError), transaction.atomic():
        actions.record(actor=SYSTEM_ACTOR, kind="test.happened", subject=thing, now=now)
        raise CrashError
    assert queries.verify_chain().count == 5
    assert queries.verify_chain().is_intact


@pytest.mark.django_db(transaction=True)
def test_recording_outside_a_transaction_is_a_bug(now):
    thing = Customer.objects.create(reference="C2", kind="residents", name="周")
    with pytest.raises(RuntimeError):
        actions.record(actor=SYSTEM_ACTOR, kind="test.happened", subject=thing, now=now)


def test_personal_text_never_enters_the_journal(thing, now):
    with pytest.raises(ValueError, match="phone"), transaction.atomic():
        actions.record(actor=SYSTEM_ACTOR, kind="test.happened", subject=thing, now=now, values={"phone": "13800002207"})


def test_a_sealed_value_proves_what_stood_there_until_its_key_is_forgotten(thing):
    sealed = actions.seal(subject=thing, field="phone", value="13800002207")
    assert sealed == actions.seal(subject=thing, field="phone", value="13800002207")
    assert sealed != actions.seal(subject=thing, field="phone", value="13800002208")
    assert "2207" not in sealed
    actions.forget_seals(subject=thing)
    assert not SealKey.objects.exists()
    assert sealed != actions.seal(subject=thing, field="phone", value="13800002207")


def test_a_kind_has_one_text():
    events.declare("test.kind", "did something")
    with pytest.raises(ValueError, match="twice"):
        events.declare("test.kind", "did something else")
    assert events.get_texts()["test.kind"] == "did something"


def test_entries_are_found_by_their_subject(five_entries, thing):
    subject = actions.subject_of(thing)
    assert [line.values["n"] for line in queries.list_entries(subjects=[subject])] == [0, 1, 2, 3, 4]
    assert queries.list_entries(subjects=[("people.customer", "unknown")]) == ()
    assert [line.sequence for line in queries.list_latest(limit=2, before=4)] == [3, 2]
    assert len(queries.list_of_kind(kinds=["test.happened"], subject=subject)) == queries.count_entries() == 5
