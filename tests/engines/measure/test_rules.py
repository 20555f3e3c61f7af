"""
The dated limits, as shipped.
"""

from datetime import date

import pytest

from tongdian.engines import measure
from tongdian.engines.measure import Counting, Standing, Unit
from tongdian.kit.tables import read_table

RULES = measure.read_rules(read_table("limits.csv"))
BY_KEY = {rule.key: rule for rule in RULES}


def test_no_two_rules_share_a_key():
    assert len(BY_KEY) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_a_rule_has_its_names_in_both_languages_and_what_was_read_an_address(rule):
    assert all((rule.customer_class_zh, rule.customer_class_en, rule.stage_zh, rule.stage_en, rule.instrument))
    assert rule.standing != Standing.VERIFIED or rule.source.startswith("https://")
    assert (rule.value is None) == (rule.standing == Standing.NOT_FOUND)
    days = [date.fromisoformat(day) for day in (rule.in_force_from, rule.in_force_until) if day]
    assert days == sorted(days)


def test_the_remembered_split_of_stages_adds_up_to_the_remembered_total():
    for customer_class, total in (("hv_single", 22), ("hv_dual", 32)):
        split = [
            rule.value for rule in RULES if (rule.rule_set, rule.customer_class, rule.scope) == ("NDRC1479-2020", customer_class, "stage")
        ]
        assert sum(split) == total == BY_KEY[f"NDRC1479-2020.{customer_class}.utility"].value
        assert total == BY_KEY[f"SG10-2023.{customer_class}"].value


def test_the_practice_of_the_window_is_no_rule_and_is_counted_its_own_way():
    practice = [rule for rule in RULES if rule.rule_set == "PRAC-1"]
    assert {(rule.standing, rule.counting) for rule in practice} == {(Standing.PRACTICE, Counting.WINDOW)}
    assert {rule.rule_set for rule in RULES if rule.counting == Counting.WINDOW} == {"PRAC-1"}


def test_a_rule_is_in_force_from_its_first_to_its_last_day():
    def shanghai(day):
        return len(measure.rules_in_force([rule for rule in RULES if rule.rule_set == "SH-2024"], on=day))

    assert [shanghai(day) for day in (date(2024, 12, 30), date(2024, 12, 31), date(2029, 12, 30), date(2029, 12, 31))] == [0, 4, 4, 0]


def test_a_rule_without_a_first_day_is_never_said_to_be_in_force():
    assert all(rule.rule_set != "SG-OLD" for rule in measure.rules_in_force(RULES, on=date(2026, 1, 1)))


def test_rules_are_found_by_class_and_scope():
    found = measure.rules_in_force(RULES, on=date(2024, 1, 1), customer_class="hv_dual", scope="utility")
    assert {rule.key for rule in found} == {"SG10-2023.hv_dual", "NDRC1479-2020.hv_dual.utility"}


def test_only_a_capacity_is_counted_in_kilowatts():
    assert [rule.scope for rule in RULES if rule.unit == Unit.KILOWATT] == ["capacity"]


def test_every_reason_for_a_stop_has_its_standing_and_names():
    reasons = read_table("limits_stops.csv")
    assert len({row["code"] for row in reasons}) == len(reasons) > 0
    for row in reasons:
        assert Standing(row["standing"]) in set(Standing) - {Standing.NOT_FOUND}
        assert all(row[column] for column in ("code", "name_zh", "name_en", "ground", "source"))
