"""
Reading procedures: TOML in, a checked milestone network out.
"""

import json
import tomllib
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from tongdian.engines.measure._values import Counting, EvidenceSpec, Limit, Milestone, Party, Procedure, Rule, Unit
from tongdian.kit.refused import N_, Refused

EVIDENCE_KINDS = ("text", "number", "file")
LIMIT_UNITS = frozenset(Unit) - {Unit.KILOWATT}
HOUSE_RULES = "HOUSE."  # keys of limits that are the utility's own, which it may also lengthen


class UnusableProcedure(Refused):
    """
    The document is no procedure that a case could follow.
    """


def parse_procedure(document: str, *, roles: Container[str] | None = None, rules: Iterable[Rule] | None = None) -> Procedure:
    """
    Read a procedure and check it.

    :param roles: the roles that may record a milestone; None accepts any
    :param rules: the rules that a limit may name, with whose figure it must agree; None accepts any
    :raises UnusableProcedure: naming the milestone and what is wrong: cycle, unknown predecessor, party, role, rule, unit or evidence
    """
    try:
        raw = tomllib.loads(document)
        procedure = Procedure(
            code=raw["code"],
            version=raw["version"],
            name_zh=raw["name_zh"],
            name_en=raw["name_en"],
            customer_class=raw["customer_class"],
            categories=tuple(raw.get("categories", ())),
            device=raw.get("device", ""),
            rules=tuple(raw.get("rules", ())),
            milestones=tuple(_milestone(step) for step in raw["milestones"]),
        )
    except tomllib.TOMLDecodeError as error:
        raise UnusableProcedure(N_("The procedure is no TOML: %(reason)s."), reason=str(error)) from error
    except KeyError as error:
        raise UnusableProcedure(N_("The procedure lacks “%(key)s”."), key=error.args[0]) from error
    _check(procedure)
    procedure = _set_house_limits(procedure, raw.get("house_limits", ()))
    if roles is not None:
        _check_roles(procedure, roles)
    if rules is not None:
        _check_rules(procedure, {rule.key: rule for rule in rules})
    return procedure


def add_house_limits(document: str, limits: Iterable[tuple[str, int, str]]) -> str:
    """
    Return a procedure's document with limits that the utility set itself, which replace those of their milestones.

    :param limits: milestone, days, and why; the unit and the day from which it counts stay those of the limit
    """
    parts = [document.rstrip("\n")]
    for milestone, value, why in limits:
        said = json.dumps(why.replace("\x7f", ""), ensure_ascii=False)  # a JSON string is a TOML string, but for this character
        parts.append(f"\n[[house_limits]]\nmilestone = {json.dumps(milestone)}\nvalue = {value:d}\nwhy = {said}")
    return "\n".join(parts) + "\n"


def _set_house_limits(procedure: Procedure, limits: Iterable[Mapping[str, Any]]) -> Procedure:
    """
    Return the procedure with the utility's own limits. One may not exceed the limit of an authority.
    """
    steps = {step.code: step for step in procedure.milestones}
    for raw in limits:
        code = raw.get("milestone", "")
        step = steps.get(code)
        if step is None or step.limit is None or step.limit.unit not in {Unit.WORKING_DAY, Unit.CALENDAR_DAY}:
            raise UnusableProcedure(
                N_("The milestone “%(code)s” has no limit in days that could be changed."), code=raw.get("milestone", "")
            )
        value = raw.get("value")
        is_authoritys = step.limit.rule and not step.limit.rule.startswith(HOUSE_RULES)
        if type(value) is not int or value < 0 or (is_authoritys and value > step.limit.value):
            raise UnusableProcedure(
                N_("“%(code)s” may take %(most)s days at most: so the rule %(rule)s says."),
                code=code,
                most=step.limit.value,
                rule=step.limit.rule or "—",
            )
        steps[step.code] = replace(step, limit=replace(step.limit, value=value, rule="", why=raw.get("why", "")))
    return replace(procedure, milestones=tuple(steps.values()))


def _milestone(step: Mapping[str, Any]) -> Milestone:
    code = step["code"]
    if step["party"] not in set(Party):
        raise UnusableProcedure(N_("The milestone “%(code)s” is held by an unknown party: %(party)s."), code=code, party=step["party"])
    return Milestone(
        code=code,
        name_zh=step["name_zh"],
        name_en=step["name_en"],
        after=tuple(step.get("after", ())),
        party=Party(step["party"]),
        role=step["role"],
        visit=step.get("visit", ""),
        effect=step.get("effect", ""),
        limit=_limit(code, step["limit"]) if "limit" in step else None,
        evidence=tuple(_evidence(code, spec) for spec in step.get("evidence", ())),
    )


def _limit(code: str, raw: Mapping[str, Any]) -> Limit:
    counting = raw.get("counting", Counting.LAW)
    is_count = type(raw["value"]) is int and raw["value"] >= 0
    if raw["unit"] not in LIMIT_UNITS or counting not in set(Counting) or not is_count:
        raise UnusableProcedure(N_("The limit of the milestone “%(code)s” is not understood: %(limit)s."), code=code, limit=str(raw))
    return Limit(
        value=raw["value"], unit=Unit(raw["unit"]), since=raw.get("since", ""), rule=raw.get("rule", ""), counting=Counting(counting)
    )


def _evidence(code: str, raw: Mapping[str, Any]) -> EvidenceSpec:
    if raw["kind"] not in EVIDENCE_KINDS:
        raise UnusableProcedure(
            N_("The evidence of the milestone “%(code)s” is of an unknown kind: %(kind)s."), code=code, kind=raw["kind"]
        )
    if raw.get("counted") and raw["kind"] != "number":
        raise UnusableProcedure(
            N_("The evidence “%(evidence)s” of the milestone “%(code)s” is counted but no number."), evidence=raw["code"], code=code
        )
    return EvidenceSpec(
        code=raw["code"],
        is_counted=bool(raw.get("counted")),
        kind=raw["kind"],
        unit=raw.get("unit", ""),
        required=raw.get("required", True),
        name_zh=raw["name_zh"],
        name_en=raw["name_en"],
    )


def _check(procedure: Procedure) -> None:
    """
    Refuse what no case could follow: no milestones, a code twice, unknown predecessors, cycles, an order that contradicts them.
    """
    codes = [step.code for step in procedure.milestones]
    if not codes or len(set(codes)) != len(codes):
        raise UnusableProcedure(N_("The procedure “%(code)s” has no milestones, or one code twice."), code=procedure.code)
    for step in procedure.milestones:
        named = {*step.after, *([step.limit.since] if step.limit and step.limit.since else ())}
        if unknown := named - set(codes):
            raise UnusableProcedure(
                N_("The milestone “%(code)s” names an unknown one: %(unknown)s."), code=step.code, unknown=", ".join(sorted(unknown))
            )
    try:
        TopologicalSorter({step.code: step.after for step in procedure.milestones}).prepare()
    except CycleError as error:
        raise UnusableProcedure(N_("These milestones wait for each other: %(cycle)s."), cycle=" → ".join(error.args[1])) from error
    seen: set[str] = set()
    for step in procedure.milestones:
        if missing := set(step.after) - seen:
            raise UnusableProcedure(
                N_("The milestone “%(code)s” stands before “%(before)s”, for which it waits."),
                code=step.code,
                before=", ".join(sorted(missing)),
            )
        seen.add(step.code)


def _check_roles(procedure: Procedure, roles: Container[str]) -> None:
    for step in procedure.milestones:
        if step.role not in roles:
            raise UnusableProcedure(
                N_("The milestone “%(code)s” is held by an unknown party: %(party)s."), code=step.code, party=f"{step.party}/{step.role}"
            )


def _check_rules(procedure: Procedure, rules: Mapping[str, Rule]) -> None:
    """
    Refuse rules that nobody knows, and a limit that says another figure than the rule it names.
    """
    for key in procedure.rules:
        if key not in rules:
            raise UnusableProcedure(
                N_("The limit of the milestone “%(code)s” is not understood: %(limit)s."), code=procedure.code, limit=key
            )
    for step in procedure.milestones:
        if step.limit is None or not step.limit.rule:
            continue
        rule = rules.get(step.limit.rule)
        said = (step.limit.value, step.limit.unit, step.limit.counting)
        if rule is None or said != (rule.value, rule.unit, rule.counting):
            raise UnusableProcedure(
                N_("The limit of the milestone “%(code)s” is not understood: %(limit)s."),
                code=step.code,
                limit=f"{step.limit.rule} = {step.limit.value} {step.limit.unit} ({step.limit.counting})",
            )
