"""
`tongdian grid export`: a network as a file of another tool.
"""

from pathlib import Path

import click

from tongdian.interfaces.commands._grid.source import FILE, TARGET
from tongdian.interfaces.commands._words import translate
from tongdian.kit.refused import N_

FORMS = ["pandapower", "power-grid-model", "geopackage", "cim"]


@click.command(help="Write a network as a file of another tool. Profiles stay behind.")
@click.argument("source", type=FILE)
@click.option("--to", "form", required=True, type=click.Choice(FORMS), help="Which tool's; cim: CGMES 3.0, of many.")
@click.option("-o", "--output", required=True, type=TARGET)
def export(source: Path, form: str, output: Path) -> None:
    """
    Write the file.
    """
    from tongdian.engines import grid

    network = grid.read_network(source)
    output.parent.mkdir(parents=True, exist_ok=True)
    if form == "geopackage":
        grid.write_geopackage(network, output)
    elif form == "cim":
        grid.write_cim(network, output)
    else:
        write = grid.write_pandapower if form == "pandapower" else grid.write_power_grid_model
        output.write_text(write(network), encoding="utf-8")
    click.echo(translate(N_("%(file)s: %(form)s")) % {"file": output, "form": form})
