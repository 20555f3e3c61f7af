"""
What a plan looks like on paper: reply, one-line diagram, published document, map.
"""

import xml.etree.ElementTree as ET
from datetime import date

import pytest
from tests.engines.supply.hamlet import build, elevator

from tongdian.engines import supply

DAY = date(2021, 7, 5)


@pytest.fixture(scope="module")
def plan():
    return supply.propose(elevator(), build(), (), ways_out=False)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_reply_names_the_point_the_policy_and_the_last_day(plan, language):
    values = supply.reply_values(plan, number="7-2/1", replied_on=DAY, valid_until=date(2021, 10, 5), language=language)
    said = str(values)
    best = plan.options[plan.recommended]
    assert best.bus_name in said
    assert "2021-10-05" in values["validity"]
    assert (best.cost.policy_zh if language == "zh" else best.cost.policy_en) in said
    assert values["mark"] == "example/示例"
    assert len(values["materials"]) == len(best.materials)


def test_a_plan_in_which_nothing_holds_has_no_bill_and_no_validity():
    poor = supply.propose(elevator(150), build(kva=(30.0, 30.0)), (), ways_out=False)
    values = supply.reply_values(poor, number="x", replied_on=DAY, valid_until=DAY, language="en")
    assert not poor.feasible
    assert values["materials"] == []
    assert "no capacity" in values["validity"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_diagram_says_in_words_what_it_draws(plan, language):
    drawn = ET.fromstring(supply.one_line(plan, plan.options[0], network=build(), language=language))
    name = {"svg": "http://www.w3.org/2000/svg"}
    assert drawn.attrib["role"] == "img"
    assert plan.options[0].bus_name in drawn.find("svg:desc", name).text
    assert plan.application.reference in drawn.find("svg:title", name).text
    assert any(line.attrib["class"] == "n" for line in drawn.findall("svg:line", name))
    assert "20 kV" in [text.text for text in drawn.findall("svg:text", name)]


def test_names_from_the_network_cannot_break_the_diagram(plan):
    from dataclasses import replace

    drawn = supply.one_line(plan, replace(plan.options[0], bus_name="<script>&"))
    assert "<script>" not in drawn
    ET.fromstring(drawn)


def test_the_map_holds_every_option(plan):
    roles = [feature["properties"]["role"] for feature in supply.to_map(plan, build())["features"]]
    assert (roles.count("site"), roles.count("route"), roles.count("connection")) == (1, len(plan.options), len(plan.options))
    assert "existing" in roles


def test_every_check_and_way_out_has_its_words_on_paper():
    from tongdian.engines.supply._words import CHANGES, CHECKS

    assert set(supply.LABELS) == set(CHECKS)
    assert set(supply.WAYS_OUT) == set(CHANGES)


def test_the_reply_tells_days_units_and_the_policy_in_its_own_language(plan):
    chinese, english = (
        str(supply.reply_values(plan, number="x", replied_on=DAY, valid_until=DAY, language=language)) for language in ("zh", "en")
    )
    best = plan.options[plan.recommended]
    assert f"中位 {best.days.median:.0f} 天" in chinese
    assert f"median {best.days.median:.0f};" in english
    assert "'pc'" not in chinese
    assert best.cost.source_en in english
    assert best.cost.source not in english


def test_a_reply_without_feasible_point_tells_the_ways_out_with_their_price():
    poor = supply.propose(elevator(45), build(kva=(30.0, 30.0)), ())
    cheapest = poor.ways_out[0]
    values = supply.reply_values(poor, number="x", replied_on=DAY, valid_until=DAY, language="en")
    assert not poor.feasible
    assert f"{cheapest.total_yuan:,.2f} yuan in all" in str(values["sections"])
