"""
`tongdian journal`: proving that nothing was changed.
"""

import click


@click.group(help="The journal: who did what to which thing, and when.")
def journal() -> None:
    """
    Group of the journal's commands.
    """


@journal.command(help="Find any entry that was changed, removed or reordered, and any case that is not what its journal says.")
@click.option(
    "--noted", metavar="SEQUENCE:HASH", help="An entry's hash that was written down earlier: finds a journal rewritten as a whole."
)
def verify(noted: str | None) -> None:
    """
    Walk the whole chain; exit with 1 if it is broken.
    """
    from django.utils.translation import gettext as _

    from tongdian.apps.cases.queries import list_untrue_cases
    from tongdian.apps.journal.queries import verify_chain

    report = verify_chain(noted=_read_noted(noted))
    for found in report.breaks:
        click.echo(f"  {found.sequence}: {_(found.reason)}", err=True)
    untrue = list_untrue_cases()
    for number in untrue:
        click.echo("  " + _("The case %(number)s is not what its journal says.") % {"number": number}, err=True)
    if report.breaks or untrue:
        raise SystemExit(1)
    click.echo(_("%(count)s entries, the chain is whole, every case is what its journal says.") % {"count": report.count})
    click.echo(_("To note down: %(noted)s") % {"noted": f"{report.count}:{report.head_hash}"})


def _read_noted(noted: str | None) -> tuple[int, str] | None:
    if noted is None:
        return None
    sequence, _, own_hash = noted.partition(":")
    if not sequence.isdigit() or not own_hash:
        raise click.BadParameter("write it as SEQUENCE:HASH, as `tongdian journal verify` prints it", param_hint="--noted")
    return int(sequence), own_hash.strip().lower()
