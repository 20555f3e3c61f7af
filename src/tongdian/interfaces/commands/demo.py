"""
`tongdian demo`: the demo county.
"""

from datetime import datetime

import click

from tongdian.kit.refused import N_, Refused


class DemoRefused(Refused):
    """
    The demo county is built only where it cannot hurt.
    """


@click.command(help="Build the demo county: its half-year, every demand on its way. Again: changes nothing. Needs TONGDIAN_DEBUG=1.")
@click.option("--plans", type=click.IntRange(min=0), help="How many cases get a supply plan [default: all].")
def demo(plans: int | None) -> None:
    """
    Migrate, tell the story with a progress bar, print the summary and the logins.
    """
    from django.conf import settings
    from django.core.management import call_command
    from django.test.utils import override_settings
    from django.utils import timezone
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    if not settings.DEBUG:
        raise DemoRefused(N_("The demo has logins that everybody knows, so it runs only with TONGDIAN_DEBUG=1."))
    call_command("migrate", verbosity=0)
    _refuse_other_installation()

    from tongdian.interfaces.commands._story import Story

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with override_settings(DEBUG=False), Progress(*columns) as bar:  # else Django writes down each of 50,000 statements
        task = bar.add_task("通电", total=None)
        for done, known, what in Story(plans=plans).run():
            bar.update(task, completed=done, total=known, description=what)
    _print_summary(now=timezone.now())


def _refuse_other_installation() -> None:
    from django.utils import timezone

    from tongdian.apps.demands.queries import count_demands
    from tongdian.apps.people.queries import get_installation

    if count_demands()["total"] and not get_installation(now=timezone.now()).is_demo:
        raise DemoRefused(N_("This data folder holds a real installation. Give the demo its own: TONGDIAN_DATA_DIR=var/demo."))


def _print_summary(*, now: datetime) -> None:
    from django.utils.translation import gettext as _

    from tongdian.apps.insight.queries import get_summary
    from tongdian.apps.people.rules import ROLE_NAMES
    from tongdian.engines.supply import LABELS
    from tongdian.interfaces.commands._story import CAST, PASSWORD

    summary = get_summary(now=now)

    def line(label: str, figure: object) -> None:
        click.echo(f"  {label}: {'–' if figure is None else figure}")

    line(_("Demands"), summary.demands)
    line(
        _("Cases"),
        _("%(cases)s, %(open)s open, %(closed)s closed")
        % {"cases": summary.cases, "open": summary.cases_open, "closed": summary.cases_closed},
    )
    line(_("Supply plans feasible"), summary.plans_feasible)
    line(_("Supply plans refused"), len(summary.plans_refused))
    for refused in summary.plans_refused:
        what = _(LABELS.get(refused.kind, refused.kind))
        click.echo(
            "    "
            + _("%(case)s: %(what)s at %(element)s is %(value).4f, the limit is %(limit).4f")
            % {
                "case": refused.case_number,
                "what": what,
                "element": refused.element,
                "value": refused.value,
                "limit": refused.limit,
            }
        )
    line(_("Powered on"), summary.powered_on)
    line(_("Median calendar days, whole process"), summary.median_whole_days)
    line(_("Median calendar days, utility"), summary.median_utility_days)
    line(_("Power on the next day, %"), summary.next_day_percent)
    line(_("Journal entries"), summary.journal_entries)
    click.echo(_("Logins, all with the password %(password)s:") % {"password": PASSWORD})
    for role, (username, name) in CAST.items():
        click.echo(f"  {username:<18} {name}  {_(ROLE_NAMES[role])}")
