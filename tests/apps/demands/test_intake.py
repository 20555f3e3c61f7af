from dataclasses import replace

import pytest

from tongdian.apps.demands import actions, queries, rules
from tongdian.apps.demands.models import Demand
from tongdian.apps.journal.models import Entry
from tongdian.apps.people.queries import NotAllowed
from tongdian.kit.sheets import Sheet

pytestmark = pytest.mark.django_db
ELEVATOR = "我们7幢2单元井道已经封顶，厂家讲下个月就能调试，电从哪块接到现在没得人跟我们说，要找谁来看现场啊？"
HEADER = ("id", "text", "channel", "reported_at", "city", "county", "place", "联系电话")
ROW = ("A048", ELEVATOR, "hotline", "2021-04-12 09:10", "南京", "鼓楼区", "汉西新村", "13800002207")


@pytest.fixture
def sheet():
    return Sheet(header=HEADER, rows=(ROW, ("A049", "灯暗", "微信", "", "南京", "", "", "")))


def test_every_row_lands_in_its_own_words(sheet, cell_manager, now):
    report = actions.receive_demands(actor=cell_manager, sheet=sheet, now=now)
    assert (report.landed, report.known, report.returned) == (2, 0, ())
    landed = Demand.objects.get(reference="A048")
    assert (landed.text, landed.number, landed.channel) == (ELEVATOR, "SQ-2021-000001", "hotline")
    assert landed.reported_at.isoformat() == "2021-04-12T01:10:00+00:00"
    assert Demand.objects.get(reference="A049").channel == "wechat"


def test_the_same_table_twice_adds_nothing(sheet, cell_manager, now):
    actions.receive_demands(actor=cell_manager, sheet=sheet, now=now)
    entries = Entry.objects.count()
    report = actions.receive_demands(actor=cell_manager, sheet=sheet, now=now)
    assert (report.landed, report.known, Demand.objects.count(), Entry.objects.count()) == (0, 2, 2, entries)


def test_rows_without_reference_are_the_same_when_all_that_was_said_is_the_same(cell_manager, now):
    said = ("", ELEVATOR, "visit", "", "南京", "", "汉西新村", "")
    elsewhere = ("", ELEVATOR, "visit", "", "南京", "", "荷塘小区", "")
    report = actions.receive_demands(actor=cell_manager, sheet=Sheet(header=HEADER, rows=(said, said, elsewhere)), now=now)
    assert (report.landed, report.known) == (2, 1)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({1: "   "}, "missing"),
        ({1: "字" * 10_001}, "longer than 10000"),
        ({1: "a\x00b"}, "control characters"),
        ({2: "carrier pigeon"}, "unknown"),
        ({3: "yesterday"}, "not understood"),
        ({6: "x" * 201}, "longer than 200"),
    ],
)
def test_an_unusable_row_is_returned_with_number_and_reason_and_the_others_land(sheet, cell_manager, now, change, reason):
    bad = tuple(change.get(at, cell) for at, cell in enumerate(ROW))
    report = actions.receive_demands(actor=cell_manager, sheet=replace(sheet, rows=(sheet.rows[1], bad)), now=now)
    assert report.landed == 1
    assert [(row.row, row.cells) for row in report.returned] == [(3, bad)]
    assert reason in str(report.returned[0].reason)


def test_a_known_reference_with_other_words_is_returned(sheet, cell_manager, now):
    actions.receive_demands(actor=cell_manager, sheet=sheet, now=now)
    other = replace(sheet, rows=(("A048", "别的话", *ROW[2:]),))
    report = actions.receive_demands(actor=cell_manager, sheet=other, now=now)
    assert isinstance(report.returned[0].reason, actions.OtherWords)
    assert Demand.objects.get(reference="A048").text == ELEVATOR


def test_a_table_without_words_is_refused_whole(cell_manager, now):
    with pytest.raises(rules.MissingColumn, match="诉求内容"):
        actions.receive_demands(actor=cell_manager, sheet=Sheet(header=("id", "place"), rows=(("1", "x"),)), now=now)


def test_empty_rows_are_no_demands(cell_manager, now):
    report = actions.receive_demands(actor=cell_manager, sheet=Sheet(header=HEADER, rows=(("",) * 8,)), now=now)
    assert report == actions.IntakeReport(landed=0, known=0, returned=())


def test_only_who_listens_may_bring_demands_in(sheet, crew, now):
    with pytest.raises(NotAllowed):
        actions.receive_demands(actor=crew, sheet=sheet, now=now)
    assert not Demand.objects.exists()


def test_a_person_confirms_what_a_demand_is_about(sheet, cell_manager, now):
    actions.receive_demands(actor=cell_manager, sheet=sheet, now=now)
    demand = Demand.objects.get(reference="A048")
    actions.confirm_category(actor=cell_manager, demand_id=demand.pk, category="elevator_connection", now=now)
    entries = Entry.objects.count()
    actions.confirm_category(actor=cell_manager, demand_id=demand.pk, category="elevator_connection", now=now)
    demand.refresh_from_db()
    assert (demand.category, str(demand.confirmed_by_id), demand.text) == ("elevator_connection", cell_manager.id, ELEVATOR)
    assert Entry.objects.count() == entries
    assert queries.count_demands() == {"total": 2, "confirmed": 1}


def test_a_category_that_does_not_exist_is_refused(sheet, cell_manager, now):
    actions.receive_demands(actor=cell_manager, sheet=sheet, now=now)
    with pytest.raises(queries.UnknownCategory):
        actions.confirm_category(actor=cell_manager, demand_id=Demand.objects.first().pk, category="spaceship", now=now)
    with pytest.raises(queries.UnknownDemand):
        actions.confirm_category(actor=cell_manager, demand_id="no-identifier", category="elevator_connection", now=now)


def test_contact_details_are_masked_and_looking_at_them_is_journalled(sheet, cell_manager, auditor, now):
    actions.receive_demands(actor=cell_manager, sheet=sheet, now=now)
    demand = Demand.objects.get(reference="A048")
    assert queries.get_demand(actor=auditor, demand_id=demand.pk).contact_phone == "138****2207"
    assert actions.reveal_contact(actor=cell_manager, demand_id=demand.pk, now=now) == ("", "13800002207")
    assert Entry.objects.last().kind == "demand.contact_revealed"
    with pytest.raises(NotAllowed):
        actions.reveal_contact(actor=auditor, demand_id=demand.pk, now=now)
    assert "13800002207" not in str(list(Entry.objects.values()))


def test_demands_are_filtered_and_paged(sheet, cell_manager, now):
    actions.receive_demands(actor=cell_manager, sheet=sheet, now=now)
    demand = Demand.objects.get(reference="A048")
    actions.confirm_category(actor=cell_manager, demand_id=demand.pk, category="elevator_connection", now=now)

    def found(**filters):
        return [line.number for line in queries.list_demands(actor=cell_manager, **filters).lines]

    assert (
        found(category="elevator_connection")
        == found(state="confirmed")
        == found(words="井道")
        == found(words="SQ-2021-000001")
        == [demand.number]
    )
    assert found(state="new") == ["SQ-2021-000002"]
    assert found(words="井道 灯暗") == found(city="苏州") == []
    page = queries.list_demands(actor=cell_manager, page=99, page_size=1)
    assert (page.total, page.page, page.pages, len(page.lines)) == (2, 2, 2, 1)
    assert queries.list_cities() == ("南京",)
    assert [line.number for line in queries.list_unconfirmed(limit=5)] == ["SQ-2021-000002"]


def test_there_are_42_categories_in_both_languages():
    categories = queries.list_categories()
    assert len(categories) == len({category.code for category in categories}) == 42
    assert all(category.name_zh and category.name_en and category.definition_zh for category in categories)
