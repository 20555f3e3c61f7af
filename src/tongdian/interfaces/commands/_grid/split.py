"""
`tongdian grid split`: a network as a store of feeders, for studies.
"""

from pathlib import Path

import click

from tongdian.interfaces.commands._grid.source import read_source, say, take_source, tell_of_year
from tongdian.kit.refused import N_


@click.command(help="Cut a network into its feeders, one for every source, and keep them as a store for `tongdian grid study`.")
@take_source
@click.option("-o", "--output", required=True, type=click.Path(file_okay=False, path_type=Path))
def split(source: Path, profiles: tuple[Path, ...], output: Path) -> None:
    """
    Write the store.
    """
    from tongdian.engines import grid

    network = read_source(source, profiles)
    tell_of_year(network)
    store = grid.write_store(output.resolve(), grid.split_feeders(network), label=network.source or source.name)
    buses = sum(one.buses for one in store.entries)
    say(N_("%(store)s: %(feeders)s feeders, %(buses)s buses."), store=str(output), feeders=len(store.entries), buses=buses)
