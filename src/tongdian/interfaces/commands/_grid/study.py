"""
`tongdian grid study`: the capacity of every bus of every feeder of a store, on all cores or on a cluster, and on again after a kill.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tongdian.interfaces.commands._grid.source import say
from tongdian.interfaces.commands._grid.workers import FEEDERS, open_workers, show_progress, take_workers
from tongdian.interfaces.commands._group import tell
from tongdian.interfaces.commands._words import translate
from tongdian.kit.refused import N_

if TYPE_CHECKING:
    from tongdian.engines.grid import StudySummary

FAILURES_SHOWN = 10


@click.command(help="Study every feeder of a store. What is done is kept: run it again after a kill and it goes on. 1: a feeder failed.")
@click.argument("store", type=click.Path(file_okay=False, path_type=Path))
@click.option("--power-factor", default=0.95, show_default=True, help="Of what is added, lagging.")
@click.option("--vmin", default=0.93, show_default=True, help="Lowest voltage, per unit of each bus.")
@click.option("--vmax", default=1.07, show_default=True, help="Highest voltage, per unit of each bus.")
@click.option("--generation", is_flag=True, help="Also ask for the largest extra generation.")
@click.option("--planning", is_flag=True, help="Also answer with the planner's margin: a transformer is full at 80 %.")
@click.option("--feeder", metavar="NAME", help="Only this feeder.")
@take_workers
def study(
    store: Path,
    power_factor: float,
    vmin: float,
    vmax: float,
    generation: bool,
    planning: bool,
    feeder: str | None,
    workers: int | None,
    cluster: str,
) -> None:
    """
    Study what is not there yet with a bar and tell what was found.
    """
    from tongdian.engines import grid

    limits = grid.Limits(voltage_min_pu=vmin, voltage_max_pu=vmax)
    asked = grid.Study(limits=limits, power_factor=power_factor, generation=generation, planning=planning)
    opened = grid.open_store(store.resolve())
    chosen = opened if feeder is None else grid.only_feeder(opened, feeder)
    click.echo(chosen.label)
    with open_workers(cluster, workers) as (opens, count), show_progress(FEEDERS, len(chosen.entries)) as advance:
        grid.run_study(chosen, asked, opens, workers=count, told=lambda _: advance())
    summary = grid.summarise_study(chosen, asked)
    _tell(summary)
    click.echo(str(opened.folder / "results" / asked.key))
    if summary.failed:
        sys.exit(1)


def _tell(summary: "StudySummary") -> None:
    head = N_("%(studied)s of %(feeders)s feeders studied, %(buses)s buses; %(broken)s feeders break a limit without any addition.")
    click.echo(translate(head) % {name: getattr(summary, name) for name in ("studied", "feeders", "buses", "broken")})
    if summary.still_kw:
        click.echo(translate(N_("kW still possible at a connection (one alone): nine in ten have at least, half, one in ten")))
    for name, (count, low, middle, high) in summary.still_kw.items():
        click.echo(f"  {name:12} {count:>8,}  {low:>10.1f} {middle:>10.1f} {high:>10.1f}")
    if summary.binding:
        click.echo(translate(N_("What binds, in buses")))
    for name, count in summary.binding.items():
        click.echo(f"  {name or '–':22} {count:>8,}")
    for name, why in summary.failed[:FAILURES_SHOWN]:
        say(N_("Feeder %(name)s failed: %(reason)s"), name=name, reason=tell(why))
    if len(summary.failed) > FAILURES_SHOWN:
        say(N_("%(count)s more feeders failed; the results' folder holds their reasons."), count=len(summary.failed) - FAILURES_SHOWN)
