"""
Reminders: who is told what, once; and mail through a real SMTP server.
"""

import socket
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from django.utils import translation

from tongdian.apps.background.actions import enqueue_daily, work_once
from tongdian.apps.background.models import Job
from tongdian.apps.cases.models import Case
from tongdian.apps.insight.actions import remind_people
from tongdian.apps.insight.tasks import remind
from tongdian.apps.journal.models import Entry
from tongdian.apps.notices import queries
from tongdian.apps.notices.actions import forget_notices, mail_notices, read_notices, tell
from tongdian.apps.notices.models import Notice
from tongdian.apps.people.actions import NoMailAddress, set_mail, switch_user
from tongdian.apps.people.queries import get_mail

pytestmark = pytest.mark.django_db(transaction=True)
LATE = timedelta(days=8)  # the plan of `applied` is four working days late then


class Mailbox:
    """What an SMTP server does with mail: keep it, or refuse it."""

    def __init__(self):
        self.mails, self.refuse = [], False

    async def handle_DATA(self, server, session, envelope):  # noqa: ARG002, N802 - the library's signature
        if self.refuse:
            return "451 not now"
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 kept"


@pytest.fixture
def leader(hire):
    return hire("leader")


@pytest.fixture
def mailbox(settings):
    box = Mailbox()
    with socket.socket() as probe:  # a free port: the controller cannot say which one it was given
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield box
    controller.stop()


def test_everybody_hears_once_a_day_of_what_only_he_can_move(applied, planner, cell_manager, leader, crew, now):
    case = applied()
    assert remind_people(now=now + LATE) == 2  # the planner, whose it is; the leader, who answers for all
    assert remind_people(now=now + LATE) == 0
    (mine,) = queries.list_notices(actor=planner)
    assert [(one.number, one.late_days) for one in mine.cases] == [(case.number, 4)]
    assert (queries.count_unread(actor=planner), queries.count_unread(actor=cell_manager), queries.count_unread(actor=crew)) == (1, 0, 0)
    with translation.override("en"):
        assert [line.title for line in queries.list_notices(actor=planner)] == ["One case of yours is late"]
        assert [line.title for line in queries.list_notices(actor=leader)] == ["One is late with others"]
    assert remind_people(now=now + LATE + timedelta(days=1)) == 2  # another day


def test_what_is_due_by_the_next_working_day_is_told_before_it_is_late(applied, planner, now):
    applied()
    due = Case.objects.get().milestones.get(code="plan_reply").due_date
    before = now + timedelta(days=(due - now.date()).days)
    assert remind_people(now=before) == 1
    with translation.override("en"):
        assert queries.list_notices(actor=planner)[0].title == "One is due"


def test_a_stopped_clock_and_a_switched_off_login_are_left_in_peace(applied, planner, administrator, now):
    applied()
    switch_user(actor=administrator, user_id=int(planner.id), is_active=False, now=now)
    assert remind_people(now=now + LATE) == 0


def test_a_customer_hears_of_his_own_case_only(accepted, applied, resident, hire, now):
    applied()
    remind_people(now=now + LATE)
    assert queries.count_unread(actor=resident) == 0  # the ball is with the planner


def test_reading_empties_the_bell_and_old_notices_are_forgotten(applied, planner, now):
    applied()
    remind_people(now=now + LATE)
    assert read_notices(actor=planner, now=now + LATE) == 1
    assert queries.count_unread(actor=planner) == 0
    assert forget_notices(now=now + LATE + timedelta(days=80)) == 0
    assert forget_notices(now=now + LATE + timedelta(days=91)) == 1
    assert queries.list_notices(actor=planner) == ()


def test_mail_goes_to_who_asked_for_it_and_names_no_place(applied, planner, leader, mailbox, now):
    case = applied()
    set_mail(actor=planner, address="planner@utility.example", language="en", now=now)
    remind_people(now=now + LATE)
    assert mail_notices(now=now + LATE) == (1, 0)
    assert mail_notices(now=now + LATE) == (0, 0)
    (mail,) = mailbox.mails
    text = mail.get_content()
    assert (mail["To"], mail["Subject"]) == ("planner@utility.example", "Tongdian: One case of yours is late")
    assert f"{case.number} Elevator retrofit connection: Supply plan replied, 4 working days late" in text
    assert str(case.building) not in text
    assert case.customer.name not in text
    assert queries.list_notices(actor=planner)[0].is_mailed


def test_mail_in_chinese(applied, planner, mailbox, now):
    applied()
    set_mail(actor=planner, address="planner@utility.example", language="zh-hans", now=now)
    remind_people(now=now + LATE)
    mail_notices(now=now + LATE)
    assert "晚 4 个工作日" in mailbox.mails[0].get_content()


def test_a_refused_mail_is_tried_again_and_left_after_five_tries(applied, planner, mailbox, now):
    applied()
    set_mail(actor=planner, address="planner@utility.example", language="", now=now)
    remind_people(now=now + LATE)
    mailbox.refuse = True
    assert [mail_notices(now=now + LATE) for _ in range(6)] == [(0, 1)] * 5 + [(0, 0)]
    Notice.objects.update(mail_tries=4)
    mailbox.refuse = False
    assert mail_notices(now=now + LATE) == (1, 0)


def test_without_a_mail_server_nothing_is_sent_and_nothing_is_lost(applied, planner, settings, now):
    settings.EMAIL_HOST = ""
    applied()
    set_mail(actor=planner, address="planner@utility.example", language="", now=now)
    remind_people(now=now + LATE)
    assert mail_notices(now=now + LATE) == (0, 0)
    assert Notice.objects.get().mail_tries == 0


def test_the_journal_says_that_somebody_wants_mail_but_not_where(planner, now):
    set_mail(actor=planner, address=" planner@utility.example ", language="en", now=now)
    set_mail(actor=planner, address="planner@utility.example", language="en", now=now)  # nothing new
    assert get_mail(actor=planner) == ("planner@utility.example", "en")
    entry = Entry.objects.get(kind="user.mail_set")
    assert "utility.example" not in str(entry.values)
    with pytest.raises(NoMailAddress):
        set_mail(actor=planner, address="nowhere", language="en", now=now)


def test_a_worker_does_the_mornings_round_once_a_day(applied, planner, monkeypatch, settings, now):
    applied()
    moment = (now + LATE).replace(hour=0)  # eight in the morning in Shanghai
    monkeypatch.setattr("tongdian.apps.people.queries._moment", lambda *_: moment)
    assert enqueue_daily(now=moment - timedelta(hours=1, minutes=31)) == 0
    assert enqueue_daily(now=moment) == len(settings.DAILY_TASKS) > 0
    assert enqueue_daily(now=moment) == 0  # another worker a moment later
    while work_once(worker="w"):
        pass
    assert {job.status for job in Job.objects.all()} == {"done"}
    assert queries.count_unread(actor=planner) == 1
    assert remind.call()["told"] == 0  # done again: nothing twice
    assert enqueue_daily(now=moment + timedelta(days=1)) == len(settings.DAILY_TASKS)


def test_the_same_thing_is_told_once(planner, now):
    values = {"late": 1, "due": 0, "elsewhere": 0, "cases": []}
    assert tell(user_id=planner.id, kind="day", key="day-1", values=values, now=now)
    assert not tell(user_id=planner.id, kind="day", key="day-1", values={**values, "late": 9}, now=now)
    assert queries.list_notices(actor=planner)[0].more == 1


def test_a_plan_s_last_day_is_told_twice_before_it_comes(replied, planner, programme_manager, resident, cell_manager):
    from tongdian.apps.insight.actions import remind_of_expiry

    plan = replied()
    last = datetime.combine(plan.valid_until, datetime.min.time(), tzinfo=UTC)
    told = [remind_of_expiry(now=last - timedelta(days=days)) for days in (20, 14, 10, 3, 1)]
    assert told == [0, 3, 0, 3, 0]  # the customer, who proposed it, who approved it
    assert queries.count_unread(actor=cell_manager) == 0
    notice = queries.list_notices(actor=resident)[0]
    with translation.override("en"):
        assert queries.list_notices(actor=resident)[0].title == "One supply plan expires soon"
    assert (notice.cases[0].number, notice.cases[0].due, notice.more) == (plan.case.number, plan.valid_until.isoformat(), 0)


def test_a_contract_or_the_last_day_ends_the_reminders(accepted, replied, cell_manager, now):
    from tongdian.apps.insight.actions import remind_of_expiry
    from tongdian.apps.plans.actions import bind_reservation

    case = accepted("A050")
    last = datetime.combine(case.plans.get().valid_until, datetime.min.time(), tzinfo=UTC)
    assert remind_of_expiry(now=last + timedelta(days=1)) == 0
    assert remind_of_expiry(now=last - timedelta(days=2)) >= 2
    bind_reservation(actor=cell_manager, case=case, now=now)
    assert remind_of_expiry(now=last - timedelta(days=13)) == 0
