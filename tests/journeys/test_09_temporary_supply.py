"""
Sentence 9: sale and handover of new housing come under control, so that nobody is left on temporary supply again.
"""

from datetime import datetime, timedelta

import pytest
import time_machine
from tests.journeys.conftest import CHINA

from tongdian.apps.cases.models import Case
from tongdian.apps.demands.actions import confirm_category, receive_demands
from tongdian.apps.demands.models import Demand
from tongdian.apps.people.queries import get_actor
from tongdian.kit.sheets import Sheet

pytestmark = pytest.mark.django_db


@pytest.mark.sentence(9, screens=["/cases/{id}/"])
def test_sentence_9_housing_is_handed_over_only_with_proof_of_permanent_supply(log_in, post, upload):
    manager = get_actor(username="cell_manager")
    now = datetime(2021, 4, 6, 9, tzinfo=CHINA)
    receive_demands(actor=manager, sheet=Sheet(header=("text", "place"), rows=(("新小区马上要交房，配套还没移交", "云澜府"),)), now=now)
    demand = Demand.objects.get()
    confirm_category(actor=manager, demand_id=demand.pk, category="facility_handover", now=now)
    client = log_in("cell_manager")
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        post(
            client, "open_case", demand.pk, procedure="new_residential_supply", building="全小区", lon="118.7", lat="32.0", kw="4", count="90",
            phases="1",
        )  # fmt: skip
        case = Case.objects.get()
        codes = list(case.milestones.values_list("code", flat=True))
        assert codes[codes.index("power_on") :] == ["power_on", "supply_proof", "sale_gate", "handover_gate"]
        gate = codes[-1]
        response = post(client, "complete_milestone", case.pk, gate, status=422, occurred_at="2021-04-06T10:00")
    assert case.milestones.get(code=gate).done_at is None
    assert response.status_code == 422
