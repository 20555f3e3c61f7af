"""
Advice as JSON values and as the values of a printed report.
"""

from datetime import date
from typing import Any

from tongdian.engines.tariff._chart import draw_day
from tongdian.engines.tariff._report import Translate, say
from tongdian.engines.tariff._study import Advice, Finding
from tongdian.engines.tariff._values import Said
from tongdian.kit.money import format_yuan
from tongdian.kit.refused import N_

HEADINGS = {
    "shape": N_("Peak and load factor"),
    "power_factor": N_("Power factor"),
    "time_of_use": N_("Time of use"),
    "basic_charge": N_("Capacity or demand charge"),
    "transformer": N_("Transformer"),
}


def advice_to_dict(advice: Advice) -> dict[str, Any]:
    """
    Return JSON values: ``curve`` {start, step_minutes, days, kwh}, ``contract``, ``notes`` and ``findings`` [{code, said, yuan_per_year
    (text or null), steps, missing, figures, table}]; sentences as {text, values, said}.
    """
    curve, contract = advice.curve, advice.contract
    return {
        "curve": {"start": curve.start.isoformat(), "step_minutes": curve.step_minutes, "days": curve.days, "kwh": round(curve.kwh, 3)},
        "contract": {
            "capacity_kva": contract.capacity_kva,
            "region": contract.region,
            "customer_class": contract.customer_class,
            "voltage": contract.voltage,
            "billing": contract.billing,
        },
        "notes": [said.to_dict() for said in advice.notes],
        "findings": [
            {
                "code": finding.code,
                "said": finding.said.to_dict(),
                "yuan_per_year": None if finding.yuan_per_year is None else str(finding.yuan_per_year),
                "steps": [said.to_dict() for said in finding.steps],
                "missing": [said.to_dict() for said in finding.missing],
                "figures": {name: round(value, 6) for name, value in finding.figures.items()},
                "table": [list(row) for row in finding.table],
            }
            for finding in advice.findings
        ],
    }


def report_advice(advice: Advice, *, on: date, language: str, translate: Translate) -> dict[str, Any]:
    """
    Return the values of the template ``report``: what could be saved, the day's picture, then each finding with its working.
    """
    picture: dict[str, Any] = {
        "heading": translate(N_("The day")),
        "steps": [],
        "notes": [],
        "figure": draw_day(advice, translate),
    }
    curve = advice.curve
    return {
        "lang": language,
        "date": [on.year, on.month, on.day],
        "title": translate(N_("Advice from a load curve")),
        "subtitle": f"{curve.start:%Y-%m-%d} – {curve.moment(len(curve.kw) - 1):%Y-%m-%d} · {on.isoformat()}",
        "facts": [[translate(HEADINGS[finding.code]), saving(finding, translate)] for finding in advice.findings],
        "notes": [say(said, translate) for said in advice.notes],
        "sections": [picture, *(_section(finding, translate) for finding in advice.findings)],
        "foot": translate(N_("Savings do not add up: one measure changes what another would save. Prices carry their standing.")),
    }


def saving(finding: Finding, translate: Translate) -> str:
    """
    Return in a few words what a finding could save in a year.
    """
    if finding.code == "shape":
        return say(finding.said, translate)
    if finding.yuan_per_year is None:
        return translate(N_("not judged: something is missing"))
    if not finding.yuan_per_year:
        return translate(N_("nothing to save"))
    return say(Said(text=N_("%(yuan)s a year"), values={"yuan": format_yuan(finding.yuan_per_year)}), translate)


def _section(finding: Finding, translate: Translate) -> dict[str, Any]:
    found: dict[str, Any] = {
        "heading": translate(HEADINGS[finding.code]),
        "lead": say(finding.said, translate),
        "steps": [say(said, translate) for said in finding.steps],
        "notes": [say(said, translate) for said in finding.missing],
    }
    if len(finding.table) > 1:
        header = (N_("Transformer, kVA"), N_("Highest loading, %"), N_("Losses, kWh a year"), N_("Losses and capacity, yuan a year"))
        found["table"] = {"header": [translate(name) for name in header], "rows": [list(row) for row in finding.table[1:]]}
    return found
