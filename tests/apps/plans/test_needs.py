"""
Needs before an application: recorded once, counted unreserved, closed with their reason.
"""

from datetime import date
from uuid import uuid4

import pytest

from tongdian.apps.people.queries import NotAllowed
from tongdian.apps.plans import queries
from tongdian.apps.plans.actions import UnusableNeed, close_need, receive_needs, record_need
from tongdian.kit.sheets import Sheet

pytestmark = pytest.mark.django_db
PARK = {
    "key": "P-7",
    "name": "汉西冷链园",
    "place": "汉西路 8 号",
    "kw": "2000",
    "wanted_on": "2022-03-01",
    "probability": "60%",
    "lon": "7.88",
    "lat": "48.46",
}


def test_a_need_is_recorded_once_and_counted_by_its_probability(commissioner, now):
    need, is_new = record_need(actor=commissioner, given=PARK, now=now)
    again, is_second = record_need(actor=commissioner, given=PARK, now=now)
    assert (is_new, is_second, again.pk) == (True, False, need.pk)
    (view,) = queries.list_open_needs(by=date(2022, 12, 31))
    assert (view.kw, view.expected_kw, view.lon) == (2000.0, 1200.0, 7.88)
    assert queries.list_open_needs(by=date(2022, 2, 1)) == ()


def test_a_need_reserves_nothing(town, commissioner, now):
    record_need(actor=commissioner, given=PARK, now=now)
    assert queries.list_reserved_kw(network_id=town.pk, at=now) == {}


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"kw": "0"}, "kw"), ({"kw": "1e10"}, "kw"), ({"kw": "viel"}, "viel"), ({"kw": "nan"}, "nan"),
        ({"probability": "120"}, "probability"), ({"probability": ""}, "probability"),
        ({"wanted_on": "soon"}, "soon"), ({"wanted_on": "2020-01-01"}, "passed"),
        ({"name": ""}, "name"), ({"place": " "}, "place"), ({"source": "dream"}, "dream"), ({"lat": "99"}, "lat"), ({"lon": ""}, "lon"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_its_field(commissioner, now, wrong, word):
    with pytest.raises(UnusableNeed, match=word):
        record_need(actor=commissioner, given=PARK | wrong, now=now)


def test_a_list_lands_and_its_bad_rows_come_back(commissioner, now):
    header = ("编号", "项目名称", "建设地点", "容量(kW)", "预计用电日期", "可能性(%)", "来源")
    rows = (
        ("1", "A", "x", "100", "2022-01-01", "50", "项目清单"),
        ("2", "B", "x", "many", "2022-01-01", "50", "走访"),
        ("", "", "", "", "", "", ""),
        ("1", "A", "x", "100", "2022-01-01", "50", "项目清单"),
    )
    report = receive_needs(actor=commissioner, sheet=Sheet(header=header, rows=rows), now=now)
    assert (report.landed, report.known, [row.row for row in report.returned]) == (1, 1, [3])
    assert "many" in str(report.returned[0].reason)


def test_a_list_without_a_column_is_refused(commissioner, now):
    with pytest.raises(UnusableNeed, match="probability"):
        receive_needs(actor=commissioner, sheet=Sheet(header=("name", "place", "kw", "wanted_on"), rows=()), now=now)


def test_a_need_becomes_a_case_and_counts_no_more(commissioner, open_enterprise_case, now):
    need, _ = record_need(actor=commissioner, given=PARK, now=now)
    case = open_enterprise_case()
    close_need(actor=commissioner, need_id=need.pk, case_number=case.number, now=now)
    assert queries.list_open_needs(by=date(2030, 1, 1)) == ()
    (kept,) = queries.list_needs(actor=commissioner, state="applied")
    assert kept.case == case
    with pytest.raises(UnusableNeed, match="applied"):
        close_need(actor=commissioner, need_id=need.pk, reason="x", now=now)


def test_a_need_comes_to_nothing_for_a_reason(commissioner, now):
    need, _ = record_need(actor=commissioner, given=PARK | {"key": ""}, now=now)
    with pytest.raises(UnusableNeed, match="say why"):
        close_need(actor=commissioner, need_id=need.pk, now=now)
    with pytest.raises(UnusableNeed, match="X-1"):
        close_need(actor=commissioner, need_id=need.pk, case_number="X-1", now=now)
    assert close_need(actor=commissioner, need_id=need.pk, reason="项目取消", now=now).state == "dropped"


def test_not_everybody_records_needs_and_an_unknown_one_is_told(auditor, commissioner, now):
    with pytest.raises(NotAllowed):
        record_need(actor=auditor, given=PARK, now=now)
    with pytest.raises(queries.UnknownPaper):
        close_need(actor=commissioner, need_id=uuid4(), reason="x", now=now)
