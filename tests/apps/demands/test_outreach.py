"""
Visits of service teams: counted in person-times, and every opinion raised is a demand.
"""

import pytest

from tongdian.apps.demands import actions, queries, rules
from tongdian.apps.demands.models import Demand, Visit
from tongdian.apps.journal.models import Entry
from tongdian.apps.people.actions import form_team
from tongdian.kit.sheets import Sheet

pytestmark = pytest.mark.django_db
HEADER = ("走访编号", "服务队", "走访时间", "人次", "走访对象", "户数", "市", "小区", "诉求内容")
ROWS = (
    ("Z1", "秦淮一队", "2021-04-12 09:00", "3", "居民", "12", "南京", "汉西新村", "楼道里的线像蜘蛛网"),
    ("Z1", "秦淮一队", "2021-04-12 09:00", "3", "居民", "12", "南京", "汉西新村", "电梯什么时候能接上电"),
    ("Z2", "秦淮一队", "2021-04-12 14:00", "2", "企业", "4", "南京", "滨江园区", ""),
)


@pytest.fixture
def team(hire, now):
    actor = hire("service_team")
    form_team(actor=actor, title="秦淮一队", kind="service", members=["service_team"], now=now)
    return actor


def test_a_table_of_visits_becomes_visits_and_demands(team, now):
    report = actions.receive_visits(actor=team, sheet=Sheet(header=HEADER, rows=ROWS), now=now)
    assert (report.landed, report.known, report.returned) == (2, 0, ())
    counts = queries.count_outreach()
    assert (counts.visits, counts.person_times, counts.households, counts.enterprises, counts.opinions) == (2, 5, 12, 4, 2)
    said = Demand.objects.get(text="电梯什么时候能接上电")
    assert (said.channel, said.visit.key, said.place) == ("visit", "Z1", "汉西新村")
    assert [line.opinions for line in queries.list_outreach(actor=team)] == [0, 2]
    assert [line.key for line in queries.list_outreach(actor=team, team="秦淮一队", kind="households")] == ["Z1"]


def test_the_same_table_twice_adds_nothing(team, now):
    for _ in range(2):
        report = actions.receive_visits(actor=team, sheet=Sheet(header=HEADER, rows=ROWS), now=now)
    assert (report.landed, report.known, Visit.objects.count(), Demand.objects.count()) == (0, 2, 2, 2)
    assert Entry.objects.filter(kind="outreach.recorded").count() == 2


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        (0, "", "key"),
        (1, "海盗队", "海盗队"),
        (2, "昨天", "昨天"),
        (2, "", "visited_at"),
        (2, "2021-05-01 09:00", "future"),
        (3, "三", "三"),
        (3, "0", "at least one person"),
        (4, "外星人", "外星人"),
        (6, "南" * 65, "city"),
    ],
)
def test_a_visit_that_cannot_land_comes_back_whole(team, now, column, cell, reason):
    bad = tuple(cell if at == column else given for at, given in enumerate(ROWS[0]))
    report = actions.receive_visits(actor=team, sheet=Sheet(header=HEADER, rows=(bad, ROWS[2])), now=now)
    assert [returned.row for returned in report.returned] == [2]
    assert reason in str(report.returned[0].reason)
    assert (report.landed, Demand.objects.count()) == (1, 0)


def test_a_table_without_a_needed_column_is_refused(team, now):
    with pytest.raises(rules.MissingColumn, match="人次"):
        actions.receive_visits(actor=team, sheet=Sheet(header=("走访编号", "服务队", "走访时间"), rows=()), now=now)


def test_a_demand_comes_with_a_suggestion_that_nobody_has_confirmed(team, now):
    sheet = Sheet(header=("text",), rows=(("加装电梯井道封顶了，电从哪里接",), ("变压器在冒火星，快来人",)))
    actions.receive_demands(actor=team, sheet=sheet, now=now)
    line = queries.to_line(Demand.objects.get(text__startswith="加装"))
    assert (line.category, line.guesses[0].category) == ("", "elevator_connection")
    assert 0.3 < line.guesses[0].probability <= 1
    assert Demand.objects.get(text__startswith="变压器").urgency == "danger"
