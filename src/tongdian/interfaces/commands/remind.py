"""
`tongdian remind`: tell everybody what waits for him today.
"""

import click


@click.command(
    help="Tell everybody what waits for him, on his page and by mail. A worker does it every day; done twice, it tells nothing twice."
)
def remind() -> None:
    """
    Remind people and say how many.
    """
    from django.utils import timezone
    from django.utils.translation import gettext as _

    from tongdian.apps.insight.actions import remind_people
    from tongdian.apps.notices.actions import mail_notices
    from tongdian.apps.people.queries import get_now

    now = get_now(now=timezone.now())
    told = remind_people(now=now)
    sent, failed = mail_notices(now=now)
    click.echo(
        _("%(told)s people were told, %(sent)s mails went out, %(failed)s did not.") % {"told": told, "sent": sent, "failed": failed}
    )
