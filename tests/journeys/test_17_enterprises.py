"""
Sentence 17: enterprises are visited, and what they want is counted down to their words.
"""

import re
from datetime import datetime

import pytest
import time_machine
from click.testing import CliRunner
from tests.journeys.conftest import CHINA

from tongdian.apps.demands.models import Demand
from tongdian.apps.demands.queries import count_outreach
from tongdian.interfaces.commands.intake import intake
from tongdian.interfaces.commands.register import teams
from tongdian.kit.sheets import write_sheet

pytestmark = pytest.mark.django_db
VISITS = (
    ("Q1", "园区一队", "2021-04-06 09:00", "3", "企业", "40", "南京", "江宁区", "滨江园区", "新厂房等着投产，高压能不能早点送上电"),
    ("Q1", "园区一队", "2021-04-06 09:00", "3", "企业", "40", "南京", "江宁区", "滨江园区", "扩产要增容，越早送电越好"),
    ("Q2", "园区一队", "2021-04-07 09:00", "2", "企业", "25", "南京", "江宁区", "空港园区", "两条生产线等电，盼着尽快接上10千伏"),
    ("Q3", "园区一队", "2021-04-08 09:00", "2", "居民", "6", "南京", "江宁区", "汉西新村", "楼道灯坏了"),
)


@pytest.mark.sentence(17, screens=["/outreach/", "/demands/"], commands=["tongdian intake --visits"])
def test_sentence_17_enterprises_are_visited_and_what_they_want_is_counted(log_in, post, tmp_path):
    file = tmp_path / "teams.xlsx"
    file.write_bytes(write_sheet(("队伍", "类型", "成员"), [("园区一队", "service", "commissioner")], filename=file.name))
    assert CliRunner().invoke(teams, [str(file)]).exit_code == 0
    header = ("走访编号", "服务队", "走访时间", "人次", "走访对象", "户数", "市", "区县", "小区", "诉求内容")
    file = tmp_path / "visits.xlsx"
    file.write_bytes(write_sheet(header, VISITS, filename=file.name))
    with time_machine.travel(datetime(2021, 4, 9, 9, tzinfo=CHINA)):
        assert CliRunner().invoke(intake, [str(file), "--visits", "--as", "commissioner"]).exit_code == 0
        for demand in Demand.objects.filter(visit__kind="enterprises"):
            post(log_in("cell_manager"), "confirm_category", demand.pk, category="hv_connection", second_category="")
        client = log_in("commissioner")
        page = client.get("/outreach/?kind=enterprises", headers={"accept-language": "en"}).content.decode()
        counts = count_outreach(kind="enterprises")
        assert (counts.person_times, counts.enterprises, counts.households, counts.opinions) == (5, 65, 0, 3)
        assert "汉西新村" not in page
        (link,) = re.findall(r'href="(/demands/\?category=hv_connection[^"]*)"', page)
        opened = client.get(link.replace("&amp;", "&")).content.decode()
    assert "尽快接上10千伏" in opened
    assert "越早送电越好" in opened
    assert "楼道灯坏了" not in opened
