"""
`tongdian expire`: mark plans whose last day has passed. Run it once a day.
"""

import click


@click.command(help="Mark supply plans whose last day has passed; run it once a day. Their capacity is free from that day anyway.")
def expire() -> None:
    """
    Expire plans and say which.
    """
    from django.utils import timezone
    from django.utils.translation import gettext as _

    from tongdian.apps.journal.events import SYSTEM_ACTOR
    from tongdian.apps.people import queries as people
    from tongdian.apps.plans.actions import expire_plans

    expired = expire_plans(actor=SYSTEM_ACTOR, now=people.get_now(now=timezone.now()))
    click.echo(_("%(count)s plans expired.") % {"count": len(expired)})
