"""
`tongdian migrate`: the database in the shape that this version of the program needs.
"""

import click


@click.command(help="Bring the database up to this version of the program. Take a backup first; again: changes nothing.")
def migrate() -> None:
    """
    Apply what is pending and say how much it was.
    """
    from django.core.management import call_command
    from django.utils.translation import gettext as _

    from tongdian.interfaces.commands._checks import list_pending_migrations

    pending = list_pending_migrations()
    call_command("migrate", verbosity=0, interactive=False)
    click.echo(_("%(count)s migrations applied.") % {"count": len(pending)})
