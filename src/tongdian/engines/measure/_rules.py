"""
Reading the dated limits of authorities.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from tongdian.engines.measure._values import Counting, Rule, Standing, Unit


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
            in_force_until=row["in_force_until"],
            customer_class=row["customer_class"],
            customer_class_zh=row["customer_class_zh"],
            customer_class_en=row["customer_class_en"],
            scope=row["scope"],
            stage_zh=row["stage_zh"],
            stage_en=row["stage_en"],
            value=int(row["value"]) if row["value"] else None,
            unit=Unit(row["unit"]),
            clock_start=row["clock_start"],
            counting=Counting(row["counting"]),
            standing=Standing(row["standing"]),
            source=row["source"],
            note=row["note"],
        )
        for row in rows
    )


def rules_in_force(rules: Iterable[Rule], *, on: date, customer_class: str = "", scope: str = "") -> tuple[Rule, ...]:
    """
    Return the rules known to be in force on a day, of one customer class and scope where they are given.

    A rule without a known first day is left out: nobody can say that it was in force. One without a last day lasts.
    """
    day = on.isoformat()
    return tuple(
        rule
        for rule in rules
        if rule.in_force_from
        and rule.in_force_from <= day <= (rule.in_force_until or day)
        and customer_class in {"", rule.customer_class}
        and scope in {"", rule.scope}
    )
