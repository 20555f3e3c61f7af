"""
`tongdian intake`: demands, or visits with what was raised, from a table.
"""

from pathlib import Path

import click

from tongdian.kit.sheets import read_sheet, write_sheet


@click.command(help="Bring in demands or visits (xlsx, csv, tsv). Rows that cannot land come back in a copy with row number and reason.")
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "username", default="cell_manager", show_default=True, help="Login name of the person who brings them in.")
@click.option(
    "--returned",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the copy with the returned rows goes [default: beside the table].",
)
@click.option("--visits", is_flag=True, help="The table holds visits of service teams with what was raised there.")
def intake(table: Path, username: str, returned: Path | None, *, visits: bool) -> None:
    """
    Read the table, receive what can be received, write back the rest.
    """
    from django.utils import timezone
    from django.utils.translation import gettext as _

    from tongdian.apps.demands.actions import receive_demands, receive_visits
    from tongdian.apps.people import queries as people

    sheet = read_sheet(table.read_bytes(), filename=table.name)
    actor = people.get_actor(username=username)
    receive = receive_visits if visits else receive_demands
    report = receive(actor=actor, sheet=sheet, now=people.get_now(now=timezone.now()))
    click.echo(
        _("%(landed)s landed, %(known)s were known, %(returned)s returned.")
        % {
            "landed": report.landed,
            "known": report.known,
            "returned": len(report.returned),
        }
    )
    if not report.returned:
        return
    target = returned or table.with_name(f"{table.stem}.returned{table.suffix if table.suffix.lower() in {'.csv', '.tsv'} else '.xlsx'}")
    header = (_("Row"), _("Reason"), *sheet.header)
    rows = [(str(row.row), _(row.reason.text) % row.reason.values, *row.cells) for row in report.returned]
    target.write_bytes(write_sheet(header, rows, filename=target.name))
    for row in rows:
        click.echo(f"  {row[0]}: {row[1]}", err=True)
    click.echo(
        _("The returned rows with their reasons are in %(file)s. Correct them there and bring the file in again.") % {"file": target}
    )
    raise SystemExit(1)
