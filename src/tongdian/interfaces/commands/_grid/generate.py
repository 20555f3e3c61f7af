"""
`tongdian grid generate`: a made-up town as a store of feeders, to try studies on.
"""

from pathlib import Path

import click

from tongdian.interfaces.commands._grid.source import say
from tongdian.interfaces.commands._grid.workers import FEEDERS, open_workers, show_progress, take_workers
from tongdian.kit.refused import N_


@click.command(help="Build a made-up town as a store of feeders: synthetic, but of real sizes. After a kill, run it again: it goes on.")
@click.argument("store", type=click.Path(file_okay=False, path_type=Path))
@click.option("--connections", default=1000, show_default=True, type=click.IntRange(min=1), help="How many customers in all.")
@click.option("--seed", default=1, show_default=True, help="The same seed and sizes give the same town.")
@click.option("--per-feeder", default=1000, show_default=True, type=click.IntRange(min=1), help="Customers of one 10 kV feeder.")
@click.option("--roof-share", default=0.08, show_default=True, help="Share of customers with photovoltaics.")
@click.option("--overloaded-share", default=0.0, show_default=True, help="Share of feeders with a station beyond its rating.")
@click.option("--step-minutes", default=15, show_default=True, help="Length of a step of the year.")
@take_workers
def generate(
    store: Path,
    connections: int,
    seed: int,
    per_feeder: int,
    roof_share: float,
    overloaded_share: float,
    step_minutes: int,
    workers: int | None,
    cluster: str,
) -> None:
    """
    Build the town with a bar and say what it takes.
    """
    from tongdian.engines import grid

    town = grid.Town(
        connections=connections,
        seed=seed,
        per_feeder=per_feeder,
        roof_share=roof_share,
        overloaded_share=overloaded_share,
        step_minutes=step_minutes,
    )
    with open_workers(cluster, workers) as (opens, count), show_progress(FEEDERS, town.feeders) as advance:
        built = grid.generate_store(store.resolve(), town, opens, workers=count, told=lambda _: advance())
    buses, size = sum(one.buses for one in built.entries), sum(one.bytes for one in built.entries)
    text = N_(
        "%(store)s: %(feeders)s feeders, %(buses)s buses, %(connections)s connections, %(bytes)s bytes and the shared year. Synthetic."
    )
    customers = sum(one.connections for one in built.entries)
    say(text, store=str(store), feeders=len(built.entries), buses=buses, connections=customers, bytes=size)
