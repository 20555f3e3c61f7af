"""
The procedures that are shipped: what a case needs of each of them.
"""

from collections import Counter
from graphlib import TopologicalSorter
from itertools import pairwise

import pytest

from tongdian.apps.people.rules import PERMISSIONS, Role
from tongdian.engines import measure
from tongdian.engines.measure import Party
from tongdian.kit.tables import data_file, read_table

RULES = measure.read_rules(read_table("limits.csv"))
DOCUMENTS = {
    file.name.removesuffix(".toml"): file.read_text(encoding="utf-8")
    for file in data_file("procedures").iterdir()
    if file.name.endswith(".toml")
}
SHIPPED = {code: measure.parse_procedure(text, roles=set(Role), rules=RULES) for code, text in DOCUMENTS.items()}
EFFECTS = ["plan_replied", "plan_accepted", "contract_signed", "power_on"]

every_procedure = pytest.mark.parametrize("procedure", SHIPPED.values(), ids=SHIPPED)


def before(procedure):
    """Milestone code -> the codes of all that it waits for, over any number of steps."""
    found = {}
    for step in procedure.milestones:
        found[step.code] = set(step.after).union(*(found[code] for code in step.after))
    return found


def test_the_procedures_of_the_utility_s_day_are_shipped():
    assert set(SHIPPED) == {
        "elevator",
        "energy_advice",
        "ev_charger",
        "general_reply",
        "hazard_rectification",
        "household_rewiring",
        "hv_dual",
        "hv_single",
        "lv_business",
        "lv_renovation",
        "new_residential_supply",
        "resale_markup",
        "residential",
        "temporary_to_permanent",
    }


def test_every_category_of_demand_has_a_procedure():
    served = Counter(category for procedure in SHIPPED.values() for category in procedure.categories)
    assert set(served) == {row["code"] for row in read_table("categories.csv")}
    assert {category for category, count in served.items() if count > 1} == {"hv_connection"}


@every_procedure
def test_a_procedure_bears_its_file_s_name_and_is_acyclic(procedure):
    assert SHIPPED[procedure.code] is procedure
    TopologicalSorter({step.code: step.after for step in procedure.milestones}).prepare()


@every_procedure
def test_a_case_starts_with_one_milestone_of_the_utility_and_nothing_waits_for_nothing(procedure):
    first = [step for step in procedure.milestones if not step.after]
    assert [step.party for step in first] == [Party.UTILITY]


@every_procedure
def test_every_milestone_asks_for_evidence_unless_a_plan_is_the_evidence(procedure):
    bare = [
        step.code for step in procedure.milestones if not any(spec.required for spec in step.evidence) and step.effect != "plan_accepted"
    ]
    assert set(bare) <= {"registration", "agreement"}


@every_procedure
def test_evidence_has_one_code_per_milestone_and_both_names(procedure):
    for step in procedure.milestones:
        codes = [spec.code for spec in step.evidence]
        assert len(set(codes)) == len(codes)
        assert all(spec.name_zh and spec.name_en for spec in step.evidence)
        assert step.name_zh
        assert step.name_en


@every_procedure
def test_a_plan_is_replied_accepted_and_contracted_before_power_comes_on(procedure):
    assert {step.effect for step in procedure.milestones} <= {"", *EFFECTS, "agreement_signed", "hazards_settled", "renewal_approved"}
    assert [step.effect for step in procedure.milestones if step.effect in EFFECTS] in ([], EFFECTS)
    waits = before(procedure)
    codes = [step.code for step in procedure.milestones if step.effect in EFFECTS]
    assert all(first in waits[second] for first, second in pairwise(codes))


@every_procedure
def test_a_visit_is_made_by_who_may_report_it_and_is_reached_in_one_go(procedure):
    waits = before(procedure)
    visits = {step.visit for step in procedure.milestones if step.visit}
    for visit in visits:
        inside = {step.code: step for step in procedure.milestones if step.visit == visit}
        leading = next(step for step in inside.values() if step.party == Party.UTILITY)
        assert leading.role in PERMISSIONS["report_visit"]
        outside = set().union(*(waits[code] for code in inside)) - set(inside)
        assert not any(set(inside) & waits[code] for code in outside), f"visit {visit} would have to be interrupted"


@every_procedure
def test_what_switches_power_on_is_done_on_site(procedure):
    assert all(step.visit for step in procedure.milestones if step.effect == "power_on")


@every_procedure
def test_limits_for_the_whole_and_the_utility_are_one_each(procedure):
    scopes = Counter(rule.scope for rule in RULES if rule.key in procedure.rules and rule.key != "JS-2021.all")
    assert set(scopes) <= {"whole", "utility"}
    assert all(count == 1 for count in scopes.values())


@every_procedure
def test_walking_through_a_procedure_reaches_its_end_and_every_party_of_it_gets_its_turn(procedure):
    done, order = set(), []
    while (step := measure.ball(procedure.milestones, done)) is not None:
        done.add(step.code)
        order.append(step.party)
    assert done == {step.code for step in procedure.milestones}
    assert set(order) == {step.party for step in procedure.milestones}


def test_housing_is_sold_and_handed_over_only_with_proof_of_permanent_supply():
    waits = before(SHIPPED["new_residential_supply"])
    for gate in ("sale_gate", "handover_gate"):
        assert {"supply_proof", "power_on"} <= waits[gate]


def test_two_sources_are_checked_for_independence_before_the_plan():
    assert "source_check" in before(SHIPPED["hv_dual"])["plan_reply"]
    assert all(step.code != "source_check" for step in SHIPPED["hv_single"].milestones)


def test_a_household_s_case_ends_only_after_its_hazards_are_settled():
    last = SHIPPED["household_rewiring"].milestones[-1].code
    assert "hazards_settled" in before(SHIPPED["household_rewiring"])[last]
