"""
`tongdian advice`: what a load curve says about a bill.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tongdian.interfaces.commands._group import Shown, tell
from tongdian.interfaces.commands._words import get_language, translate
from tongdian.interfaces.commands.tariff import CHINA, FILE, read_price_table
from tongdian.kit.refused import N_
from tongdian.kit.sheets import read_sheet

if TYPE_CHECKING:
    from tongdian.engines.tariff import Advice, UnusableCurve


@click.command(help="Diagnose a load curve (csv, tsv, xlsx with time and kw or kwh, optionally kvar; 15, 30 or 60 minutes).")
@click.argument("loadcurve", type=FILE)
@click.option("-o", "--output", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder for the results.")
@click.option("--contract-kva", type=float, help="Capacity of the contract: the transformers' kVA.")
@click.option("--tariff", "table", type=FILE, help="Price table of your own, in the form of the shipped tariff_prices.csv.")
@click.option("--region", default="jiangsu", show_default=True, help="Region, as the price table names it.")
@click.option("--class", "customer_class", default="industry", show_default=True, help="Customer class, as the price table names it.")
@click.option("--voltage", default="10kv", show_default=True, help="Voltage level, as the price table names it.")
@click.option(
    "--billed", type=click.Choice(["capacity", "demand"]), default="capacity", show_default=True, help="How the basic charge is billed."
)
@click.option("--power-factor-standard", "standard", type=float, help="0.90, 0.85 or 0.80 [default: 0.90 from 160 kVA on, else 0.85].")
@click.option("--price-day", type=click.DateTime(["%Y-%m-%d"]), help="Day whose prices count [default: the curve's last day].")
@click.option("--shift-kwh", type=float, help="Energy to move from peak to valley in a year [default: a tenth of the peak hours'].")
def advice(
    *,
    loadcurve: Path,
    output: Path,
    contract_kva: float | None,
    table: Path | None,
    region: str,
    customer_class: str,
    voltage: str,
    billed: str,
    standard: float | None,
    price_day: datetime | None,
    shift_kwh: float | None,
) -> None:
    """
    Diagnose, print the findings, and write advice.json, advice.pdf and day.svg.
    """
    from tongdian.engines.tariff import Contract, UnusableCurve, give_advice, read_curve

    try:
        curve = read_curve(read_sheet(loadcurve.read_bytes(), filename=loadcurve.name), contract_kva=contract_kva)
    except UnusableCurve as refused:
        raise Shown("\n".join([tell(refused), *tell_faults(refused)]), exit_code=2) from refused
    contract = Contract(
        capacity_kva=contract_kva,
        region=region,
        customer_class=customer_class,
        voltage=voltage,
        billing=billed,
        standard=standard,
        price_date=price_day.date() if price_day else None,
        shift_kwh=shift_kwh,
    )
    found = give_advice(curve, contract, prices=read_price_table(table))
    output.mkdir(parents=True, exist_ok=True)
    write_advice(found, output)
    show_advice(found, output)


def tell_faults(refused: "UnusableCurve") -> list[str]:
    """
    Return each fault of a curve with its row.
    """
    from tongdian.engines.tariff import say

    text = translate(N_("row %(row)s: %(reason)s"))
    return ["  " + text % {"row": row, "reason": say(said, translate)} for row, said in refused.faults]


def write_advice(found: "Advice", output: Path) -> None:
    """
    Write the findings for programs, for people and as a picture.
    """
    from tongdian.engines.documents import render_pdf
    from tongdian.engines.tariff import advice_to_dict, draw_day, report_advice

    today = datetime.now(UTC).astimezone(CHINA).date()
    (output / "advice.json").write_text(json.dumps(advice_to_dict(found), ensure_ascii=False, indent=2), encoding="utf-8")
    (output / "day.svg").write_text(draw_day(found, translate), encoding="utf-8")
    values = report_advice(found, on=today, language=get_language()[:2], translate=translate)
    (output / "advice.pdf").write_bytes(render_pdf("report", values))


def show_advice(found: "Advice", output: Path) -> None:
    """
    Print each finding with its working.
    """
    from tongdian.engines.tariff import saving, say

    for finding in found.findings:
        click.echo(
            f"{say(finding.said, translate)} [{saving(finding, translate)}]" if finding.code != "shape" else say(finding.said, translate)
        )
        for said in finding.steps:
            click.echo(f"  {say(said, translate)}")
        for said in finding.missing:
            click.echo(f"  ! {say(said, translate)}")
    for said in found.notes:
        click.echo(f"! {say(said, translate)}")
    click.echo(translate(N_("Written to %(folder)s: advice.json, advice.pdf, day.svg.")) % {"folder": output})
