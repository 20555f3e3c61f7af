"""
Sentences 4 to 6: an elevator of an old building, from the spoken demand to power on, through the command line and the console.
"""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tongdian.apps.cases import queries as cases
from tongdian.apps.cases.models import Case
from tongdian.apps.demands.models import Demand
from tongdian.apps.insight.queries import get_summary
from tongdian.apps.journal.events import SYSTEM_ACTOR
from tongdian.apps.journal.queries import verify_chain
from tongdian.apps.people.actions import register_user
from tongdian.apps.people.models import Customer, User
from tongdian.apps.plans.models import Plan, Reservation
from tongdian.apps.works.models import WorkOrder
from tongdian.interfaces.commands.intake import intake
from tongdian.kit.sheets import read_sheet, write_sheet

pytestmark = pytest.mark.django_db
CHINA = ZoneInfo("Asia/Shanghai")
WORDS = "我们7幢2单元井道已经封顶，厂家讲下个月就能调试，电从哪块接到现在没得人跟我们说，要找谁来看现场啊？"
HEADER = ("编号", "诉求内容", "渠道", "市", "区县", "小区", "联系人", "联系电话")
ROLES = ("cell_manager", "planner", "programme_manager", "dispatcher", "crew", "customer", "auditor")


@pytest.fixture
def people(db, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for role in ROLES:
        register_user(
            actor=SYSTEM_ACTOR,
            username=role,
            display_name=role,
            role=role,
            password="secret-enough",
            now=datetime(2021, 7, 1, tzinfo=CHINA),
        )

    def log_in(role):
        client = Client()
        assert client.login(username=role, password="secret-enough")
        return client

    return log_in


@pytest.fixture
def schutterwald(people):
    """The real network, imported on the command line."""
    from tongdian.interfaces.commands.network import import_
    from tongdian.kit.tables import data_file

    result = CliRunner().invoke(import_, [str(data_file("networks/lv_schutterwald.json.gz")), "--title", "Schutterwald"])
    assert result.exit_code == 0, result.output


def at(day, hour=9, minute=0):
    return time_machine.travel(datetime(2021, 7, day, hour, minute, tzinfo=CHINA), tick=False)


def follow(response, status=302):
    assert response.status_code == status, response.content.decode()[:3000]
    return response


def upload(name):
    return SimpleUploadedFile(name, b"evidence of " + name.encode())


def bring_in(tmp_path):
    """A demand comes in from a spreadsheet, beside a row that cannot land; again nothing is added."""
    rows = [("A048", WORDS, "热线", "南京", "鼓楼区", "汉西新村", "周工", "13800002207"), ("A900", "", "热线", "", "", "", "", "")]
    table = tmp_path / "demands.xlsx"
    table.write_bytes(write_sheet(HEADER, rows, filename="demands.xlsx"))
    for landed in (1, 0):
        result = CliRunner().invoke(intake, [str(table)])
        assert [int(number) for number in re.findall(r"\d+", result.output.splitlines()[0])] == [landed, 1 - landed, 1]
        assert result.exit_code == 1
    returned = read_sheet((tmp_path / "demands.returned.xlsx").read_bytes(), filename="x.xlsx")
    assert returned.rows[0][0] == "3"
    assert returned.rows[0][1]
    return Demand.objects.get()


@pytest.mark.sentence(4, 5, 6, screens=["/cases/{id}/", "/plans/{id}/", "/"], commands=["tongdian intake", "tongdian network import"])
def test_one_visit_for_survey_and_contract_and_power_on_the_next_day(tmp_path, people, schutterwald):
    with at(1):
        demand = bring_in(tmp_path)
        manager = people("cell_manager")
        page = manager.get(reverse("console:demand", args=[demand.pk]), headers={"accept-language": "zh-hans"})
        assert WORDS in page.content.decode()
        assert "13800002207" not in page.content.decode()
        follow(manager.post(reverse("console:confirm_category", args=[demand.pk]), {"category": "elevator_connection"}))
        opened = {"procedure": "elevator", "building": "7幢2单元", "lon": "7.88323", "lat": "48.45975", "kw": "15"}
        follow(manager.post(reverse("console:open_case", args=[demand.pk]), opened))
        case = Case.objects.get()
        Customer.objects.update(user=User.objects.get(username="customer"))
        follow(
            manager.post(
                reverse("console:complete_milestone", args=[case.pk, "application"]),
                {"evidence-application_form": upload("form.pdf"), "occurred_at": "2021-07-01 09:00"},
            )
        )
    with at(2):
        follow(people("planner").post(reverse("console:propose_plan", args=[case.pk])))
        plan = Plan.objects.get()
        assert plan.status == "proposed", plan.document
        refused = people("planner").post(reverse("console:approve_plan", args=[plan.pk]))
        assert refused.status_code in {403, 409, 422}
        follow(people("programme_manager").post(reverse("console:approve_plan", args=[plan.pk])))
        best = plan.options.get(rank=1)
        follow(people("customer").post(reverse("console:accept_option", args=[plan.pk, best.pk])))
        assert Reservation.objects.get().bus_id == best.bus_id
        for visit, day in (("A", "2021-07-05"), ("B", "2021-07-06")):
            follow(people("dispatcher").post(reverse("console:plan_visit", args=[case.pk, visit]), {"day": day}))
    visit_a, visit_b = WorkOrder.objects.order_by("visit")
    with at(5, 10):
        survey = {
            "occurred_at": "2021-07-05 09:40",
            "survey-site_photo": upload("site.jpg"),
            "survey-supply_voltage_v": "231.4",
            "survey-route_length_m": "24",
            "contract-contract": upload("contract.pdf"),
        }
        follow(
            people("cell_manager").post(
                reverse("console:report_visit", args=[case.pk, visit_a.pk]), report_form(people("cell_manager"), case, visit_a, survey)
            )
        )
    with at(6, 15):
        power = {
            "occurred_at": "2021-07-06 14:30",
            "meter-meter_number": "322000000001",
            "meter-meter_photo": upload("meter.jpg"),
            "power_on-voltage_v": "230.6",
            "power_on-earth_resistance_ohm": "3.1",
        }
        follow(
            people("crew").post(
                reverse("console:report_visit", args=[case.pk, visit_b.pk]), report_form(people("crew"), case, visit_b, power)
            )
        )
        check_the_end(case)
        thread = people("auditor").get(reverse("console:case", args=[case.pk])).content.decode()
        assert WORDS in thread


def report_form(client, case, order, evidence):
    """The hidden key of the form that the person sees, with the evidence."""
    html = client.get(reverse("console:case", args=[case.pk])).content.decode()
    key = re.search(r'name="key"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="key"', html)
    return {**evidence, "key": (key.group(1) or key.group(2)) if key else f"test-{order.visit}"}


def check_the_end(case):
    case.refresh_from_db()
    done = {row.code: row.done_at.astimezone(CHINA).date() for row in case.milestones.all()}
    assert case.state == "closed"
    assert done["survey"] == done["contract"]
    assert done["power_on"] - done["contract"] == timedelta(days=1)
    now = datetime(2021, 7, 7, tzinfo=CHINA)
    assert cases.get_clocks(case=case, now=now) == cases.replay_clocks(case=case, now=now)
    assert cases.list_untrue_cases() == ()
    assert verify_chain().is_intact
    assert get_summary(now=now).next_day_percent == 100.0
