"""
`tongdian tariff`: what resold electricity (转供电) may cost.
"""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tongdian.interfaces.commands._words import get_language, translate
from tongdian.kit.refused import N_, Refused
from tongdian.kit.sheets import read_sheet, write_sheet

if TYPE_CHECKING:
    from tongdian.engines.tariff import Price, ResaleCheck, ReturnedBill

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
CHINA = timezone(timedelta(hours=8))
FOUND = 1  # exit code: somebody was charged too much, or something could not be judged


@click.group(help="What resold electricity may cost.")
def tariff() -> None:
    """
    Group of the tariff's commands.
    """


@tariff.command(
    help="Check bills of resold electricity (csv, tsv, xlsx). Exit code 1: charged too much, or not everything could be judged."
)
@click.argument("bills", type=FILE)
@click.option(
    "-o", "--output", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder for result.csv and report.pdf."
)
@click.option("--table", type=FILE, help="Price table of your own, in the form of the shipped tariff_prices.csv.")
@click.option(
    "--method",
    type=click.Choice(["price", "share"]),
    default="price",
    show_default=True,
    help="Losses and shared use: not in the price, or shared by the tenants' meters.",
)
@click.option(
    "--benchmark",
    type=click.Choice(["auto", "agency"]),
    default="auto",
    show_default=True,
    help="After the catalogue: the master account's own price where its bill is there, or always the agency price.",
)
def check(bills: Path, output: Path, table: Path | None, method: str, benchmark: str) -> None:
    """
    Judge every bill that can be read; write what was found and which rows came back.
    """
    from tongdian.engines.tariff import Method, check_resale, read_bills

    sheet = read_sheet(bills.read_bytes(), filename=bills.name)
    found, returned = read_bills(sheet)
    answer = check_resale(found, prices=read_price_table(table), method=Method(method), basis=benchmark)
    output.mkdir(parents=True, exist_ok=True)
    write_answer(answer, output, returned=len(returned))
    kept = output / "returned.csv"
    kept.unlink(missing_ok=True)
    if returned:
        header = (translate(N_("Row")), translate(N_("Reason")), *sheet.header)
        kept.write_bytes(write_sheet(header, [(str(row.row), tell(row.reason), *row.cells) for row in returned], filename=kept.name))
    show(answer, returned, output)
    if returned or not answer.is_complete or answer.over_yuan > 0 or not answer.months:
        raise SystemExit(FOUND)


def read_price_table(path: Path | None) -> "tuple[Price, ...] | None":
    """
    Return the prices of the user's own table, None for those shipped.
    """
    from tongdian.engines.tariff import read_prices

    return read_prices(path.read_text(encoding="utf-8-sig", errors="replace"), source=path.name) if path else None


def write_answer(answer: "ResaleCheck", output: Path, *, returned: int) -> None:
    """
    Write result.csv, one row for each tenant's bill, and report.pdf with the working.
    """
    from tongdian.engines.documents import render_pdf
    from tongdian.engines.tariff import RESULT_COLUMNS, report_resale, result_rows

    (output / "result.csv").write_bytes(write_sheet(RESULT_COLUMNS, result_rows(answer, translate), filename="result.csv"))
    today = datetime.now(UTC).astimezone(CHINA).date()
    values = report_resale(answer, returned=returned, on=today, language=get_language()[:2], translate=translate)
    (output / "report.pdf").write_bytes(render_pdf("report", values))


def show(answer: "ResaleCheck", returned: "tuple[ReturnedBill, ...]", output: Path) -> None:
    """
    Print each place and period with its working, then what came back, then the sum.
    """
    from tongdian.engines.tariff import say

    for month in answer.months:
        click.echo(f"{month.place} {month.first_day} – {month.last_day}".strip())
        for said in month.steps:
            click.echo(f"  {say(said, translate)}")
        for said in (*month.missing, *month.warnings):
            click.echo(f"  ! {say(said, translate)}")
        for tenant in month.tenants:
            over = "—" if tenant.over_yuan is None else f"{tenant.over_yuan:,.2f}"
            click.echo(f"  {tenant.bill.name}: {tenant.bill.yuan:,.2f} → {over}")
    for row in returned:
        text = translate(N_("row %(row)s: %(reason)s"))
        click.echo("  " + text % {"row": row.row, "reason": tell(row.reason)}, err=True)
    text = translate(N_("%(over)s yuan charged too much; %(returned)s rows came back; see %(folder)s."))
    click.echo(text % {"over": f"{answer.over_yuan:,.2f}", "returned": len(returned), "folder": output})


def tell(reason: Refused) -> str:
    """
    Return a refusal in the language of the command line.
    """
    text = translate(reason.text)
    return text % reason.values if reason.values else text
