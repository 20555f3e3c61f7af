"""
`tongdian doctor`: what is wrong with this installation, and what to do.
"""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import click

from tongdian.interfaces.commands import _checks as checks
from tongdian.interfaces.commands._checks import Finding, Level
from tongdian.interfaces.commands._group import set_up_django
from tongdian.interfaces.commands._words import translate
from tongdian.kit.refused import N_, Refused

COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}


@click.command(help="Check the installation and say what to do. Exit code 1 if something fails, 0 otherwise.")
@click.option("--warm", is_flag=True, help="Only compile the numerical kernels, so that the first plan does not wait for it.")
def doctor(warm: bool) -> None:
    """
    Run every check; a check that itself breaks is a failure with its reason.
    """
    if warm:
        click.echo(_warm())
        return
    findings = list(look_at_everything())
    for finding in findings:
        click.echo(_line(finding))
    failed = sum(finding.level == Level.FAIL for finding in findings)
    warned = sum(finding.level == Level.WARN for finding in findings)
    summary = N_("%(failed)s failed, %(warned)s warnings, %(fine)s fine")
    click.echo(translate(summary) % {"failed": failed, "warned": warned, "fine": len(findings) - failed - warned})
    if failed:
        raise SystemExit(1)


def look_at_everything() -> Iterator[Finding]:
    """
    Yield the findings of all checks in an order in which causes come before their consequences.
    """
    yield from checks.check_python()
    try:
        set_up_django()
    except Refused as refused:
        yield Finding(level=Level.FAIL, text=refused.text, values=refused.values)
    except Exception as error:  # noqa: BLE001 - what breaks the program's start is what the doctor is asked about
        cure = N_("Run: make setup. If it stays, look at the settings TONGDIAN_*.")
        yield Finding(level=Level.FAIL, text=N_("The program does not start: %(error)s"), cure=cure, values={"error": repr(error)})
        return
    from django.utils import timezone

    rest: list[Callable[[], Iterator[Finding]]] = [
        checks.check_sqlite,
        checks.check_migrations,
        checks.check_folder,
        checks.check_secret,
        checks.check_assets,
        partial(checks.check_calendar, timezone.localdate()),
        checks.check_zone,
    ]
    for check in rest:
        yield from _guarded(check)


def _guarded(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    name = getattr(check, "func", check).__name__.removeprefix("check_")
    try:
        yield from check()
    except Exception as error:  # noqa: BLE001 - as above
        values = {"name": name, "error": repr(error)}
        cure = N_("Run: make setup. If it stays, please report this line.")
        yield Finding(level=Level.FAIL, text=N_("The check “%(name)s” broke: %(error)s"), cure=cure, values=values)


def _line(finding: Finding) -> str:
    mark = click.style(f"{finding.level:<4}", fg=COLOURS[finding.level], bold=True)
    text = translate(finding.text) % finding.values
    cure = f"\n     → {translate(finding.cure) % finding.values}" if finding.cure else ""
    return f"{mark} {text}{cure}"


def _warm() -> str:
    """
    Compile every kernel, in parts side by side; the compiled code is kept beside the sources.
    """
    from tongdian.engines import grid

    begun = time.perf_counter()
    with ProcessPoolExecutor(len(grid.WARMED), mp_context=multiprocessing.get_context("spawn")) as pool:
        list(pool.map(grid.warm, grid.WARMED))
    return translate(N_("Kernels compiled in %(seconds)s s.")) % {"seconds": f"{time.perf_counter() - begun:.1f}"}
