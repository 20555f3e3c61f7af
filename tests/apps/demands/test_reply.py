"""
A reply closes a demand only when the check finds everything in it, or a person says why it is enough.
"""

import pytest

from tongdian.apps.demands import queries
from tongdian.apps.demands.actions import AlreadyClosed, ReplyLacks, UnusableReply, close_demand, receive_demands
from tongdian.apps.demands.models import Demand, Reply
from tongdian.apps.journal.models import Entry
from tongdian.apps.people.queries import NotAllowed
from tongdian.kit.sheets import Sheet

pytestmark = pytest.mark.django_db
GOOD = "已于4月12日完成修剪，树枝与电线的距离现已合格。"
EMPTY = "感谢您的来电，您反映的问题已转相关部门处理，我们将尽快答复。"


@pytest.fixture
def tree(cell_manager, now):
    receive_demands(actor=cell_manager, sheet=Sheet(header=("id", "text"), rows=(("T1", "树枝碰到电线，请修剪"),)), now=now)
    return Demand.objects.get()


def test_a_reply_that_has_everything_closes_and_is_journalled_without_its_words(tree, cell_manager, now):
    reply = close_demand(actor=cell_manager, demand_id=tree.pk, text=GOOD, now=now)
    assert (reply.missing, reply.overruled_because) == ([], "")
    entry = Entry.objects.get(kind="demand.closed")
    assert GOOD not in str(entry.values)
    assert close_demand(actor=cell_manager, demand_id=tree.pk, text=GOOD, now=now) == reply
    assert Entry.objects.filter(kind="demand.closed").count() == 1
    with pytest.raises(AlreadyClosed):
        close_demand(actor=cell_manager, demand_id=tree.pk, text="已办结，4月12日。", now=now)


def test_an_empty_phrase_closes_nothing_unless_somebody_says_why(tree, cell_manager, now):
    with pytest.raises(ReplyLacks):
        close_demand(actor=cell_manager, demand_id=tree.pk, text=EMPTY, now=now)
    assert not Reply.objects.exists()
    reply = close_demand(actor=cell_manager, demand_id=tree.pk, text=EMPTY, because="电话里已经讲清", now=now)
    assert set(reply.missing) == {"core", "progress", "date"}
    assert reply.overruled_because == "电话里已经讲清"
    assert Entry.objects.get(kind="demand.closed_overruled").values["missing"] == reply.missing


def test_a_reason_beside_a_good_reply_overrules_nothing(tree, cell_manager, now):
    assert close_demand(actor=cell_manager, demand_id=tree.pk, text=GOOD, because="随便", now=now).overruled_because == ""


def test_no_words_are_no_reply_and_who_may_not_close_is_told(tree, cell_manager, auditor, now):
    with pytest.raises(UnusableReply):
        close_demand(actor=cell_manager, demand_id=tree.pk, text="  ", now=now)
    with pytest.raises(NotAllowed):
        close_demand(actor=auditor, demand_id=tree.pk, text=GOOD, now=now)


def test_the_check_tells_what_it_found(tree, cell_manager, now):
    found = queries.check_reply(actor=cell_manager, demand_id=tree.pk, text="正在协调园林部门，尽快修剪树枝。", now=now)
    assert (found.missing, found.vague) == (("date",), ("尽快",))
    assert "树枝" in found.core
