"""
Sentences 1 to 3: service teams visit, record what people say, and what many share is worked out together.
"""

from datetime import datetime

import pytest
import time_machine
from click.testing import CliRunner
from tests.journeys.conftest import CHINA

from tongdian.apps.cases.models import Case
from tongdian.apps.demands.models import Demand
from tongdian.apps.demands.queries import count_outreach
from tongdian.interfaces.commands.intake import intake
from tongdian.interfaces.commands.register import teams
from tongdian.kit.sheets import write_sheet

pytestmark = pytest.mark.django_db
TEAMS = (("秦淮一队", "service", "service_team"), ("园区突击队", "shock", "commissioner"))
VISITS = (
    ("Z1", "秦淮一队", "2021-04-12 09:00", "3", "居民", "12", "南京", "秦淮区", "汉西新村", "车位想装充电桩，跑了三趟都说装不了"),
    ("Z1", "秦淮一队", "2021-04-12 09:00", "3", "居民", "12", "南京", "秦淮区", "汉西新村", "我们小区一直用的是工地上的临时电，老跳闸"),
    ("Z2", "园区突击队", "2021-04-13 14:00", "2", "企业", "5", "南京", "江宁区", "万象商业综合体", "商场里收我们一块三一度电"),
    ("Z3", "没有这支队伍", "2021-04-13 15:00", "2", "企业", "5", "南京", "江宁区", "滨江园区", "想早点用上电"),
)


def table(folder, name, header, rows):
    file = folder / name
    file.write_bytes(write_sheet(header, rows, filename=file.name))
    return str(file)


@pytest.mark.sentence(1, screens=["/outreach/"], commands=["tongdian register teams", "tongdian intake --visits"])
def test_sentence_1_teams_visit_and_record_what_people_say(log_in, tmp_path):
    file = table(tmp_path, "teams.xlsx", ("队伍", "类型", "成员"), TEAMS)
    assert CliRunner().invoke(teams, [file, "--as", "administrator"]).exit_code == 0
    header = ("走访编号", "服务队", "走访时间", "人次", "走访对象", "户数", "市", "区县", "小区", "诉求内容")
    visits = table(tmp_path, "visits.xlsx", header, VISITS)
    with time_machine.travel(datetime(2021, 4, 14, 9, tzinfo=CHINA)):
        result = CliRunner().invoke(intake, [visits, "--visits", "--as", "service_team"])
    assert result.exit_code == 1  # the visit of an unknown team comes back with its reason
    assert "没有这支队伍" in (tmp_path / "visits.returned.xlsx").read_bytes().decode("latin1") or "没有这支队伍" in result.output
    counts = count_outreach()
    assert (counts.teams, counts.person_times, counts.households, counts.enterprises, counts.opinions) == (2, 5, 12, 5, 3)
    page = log_in("service_team").get("/outreach/").content.decode()
    assert "汉西新村" in page
    assert "万象商业综合体" in page


@pytest.mark.sentence(2, screens=["/demands/"], commands=["tongdian intake"])
def test_sentence_2_each_opinion_gets_its_category_and_is_counted(log_in, post, tmp_path):
    test_sentence_1_teams_visit_and_record_what_people_say(log_in, tmp_path)
    client = log_in("cell_manager")
    wanted = {"充电桩": "ev_charger_connection", "临时电": "temporary_to_permanent", "一块三": "resale_markup"}
    for words, category in wanted.items():
        demand = Demand.objects.get(text__contains=words)
        page = client.get(f"/demands/{demand.pk}/").content.decode()
        assert f'<option value="{demand.suggestion["guesses"][0][0]}"' in page
        post(client, "confirm_category", demand.pk, category=category, second_category="")
    page = log_in("leader").get("/insight/").content.decode()
    for category in wanted.values():
        assert f"?category={category}" in page


@pytest.mark.sentence(3, screens=["/cases/{id}/"])
def test_sentence_3_what_many_share_becomes_one_case_with_an_agreement(log_in, post, upload, tmp_path):
    test_sentence_2_each_opinion_gets_its_category_and_is_counted(log_in, post, tmp_path)
    client = log_in("cell_manager")
    demand = Demand.objects.get(text__contains="临时电")
    with time_machine.travel(datetime(2021, 4, 15, 9, tzinfo=CHINA), tick=False) as clock:
        post(
            client, "open_case", demand.pk, procedure="temporary_to_permanent", building="全小区", lon="118.78", lat="32.02", kw="4",
            count="60", phases="1",
        )  # fmt: skip
        case = Case.objects.get()
        post(
            client, "draw_up_agreement", case.pk, **{
                "party-utility": "供电公司", "party-authority": "街道办事处", "party-customer": "业主委员会",
                "task-coordination": "牵头协调开发商移交", "day-coordination": "2021-04-30",
            },
        )  # fmt: skip
        agreement = case.agreements.get()
        paper = client.get(f"/cases/{case.pk}/files/{agreement.file_sha256}/")
        assert paper.content.startswith(b"%PDF-")
        clock.shift(3600)
        assert client.get(f"/cases/{case.pk}/").status_code == 200
    assert [(duty.party, duty.owner) for duty in agreement.duties.all()] == [("authority", "街道办事处")]
