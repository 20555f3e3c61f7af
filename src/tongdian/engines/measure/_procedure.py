"""
Reading procedures: TOML in, a checked milestone network out.
"""

import tomllib
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from tongdian.engines.measure._values import EvidenceSpec, Limit, Milestone, Party, Procedure, Rule, Standing, Unit
from tongdian.kit.refused import N_, Refused

EVIDENCE_KINDS = ("text", "number", "file")


class UnusableProcedure(Refused):
    """
    The document is no procedure that a case could follow.
    """


def parse_procedure(document: str) -> Procedure:
    """
    Read a procedure and check it.

    :raises UnusableProcedure: naming the milestone and what is wrong: cycle, unknown predecessor, party, unit or evidence
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
            rules=tuple(raw.get("rules", ())),
            milestones=tuple(_milestone(step) for step in raw["milestones"]),
        )
    except tomllib.TOMLDecodeError as error:
        raise UnusableProcedure(N_("The procedure is no TOML: %(reason)s."), reason=str(error)) from error
    except KeyError as error:
        raise UnusableProcedure(N_("The procedure lacks “%(key)s”."), key=error.args[0]) from error
    _check(procedure)
    return procedure


def read_rules(rows: Iterable[Mapping[str, str]]) -> tuple[Rule, ...]:
    """
    Return the dated limits of a table (the columns are the fields of :class:`Rule`).
    """
    return tuple(
        Rule(
            key=row["key"],
            rule_set=row["rule_set"],
            authority=row["authority"],
            instrument=row["instrument"],
            in_force_from=row["in_force_from"],
            customer_class=row["customer_class"],
            scope=row["scope"],
            stage_zh=row["stage_zh"],
            stage_en=row["stage_en"],
            value=int(row["value"]) if row["value"] else None,
            unit=Unit(row["unit"]),
            clock_start=row["clock_start"],
            standing=Standing(row["standing"]),
            source=row["source"],
        )
        for row in rows
    )


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
    if raw["unit"] not in set(Unit) or not isinstance(raw["value"], int) or raw["value"] < 0:
        raise UnusableProcedure(N_("The limit of the milestone “%(code)s” is not understood: %(limit)s."), code=code, limit=str(raw))
    return Limit(value=raw["value"], unit=Unit(raw["unit"]), since=raw.get("since", ""), rule=raw.get("rule", ""))


def _evidence(code: str, raw: Mapping[str, Any]) -> EvidenceSpec:
    if raw["kind"] not in EVIDENCE_KINDS:
        raise UnusableProcedure(
            N_("The evidence of the milestone “%(code)s” is of an unknown kind: %(kind)s."), code=code, kind=raw["kind"]
        )
    return EvidenceSpec(
        code=raw["code"],
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
