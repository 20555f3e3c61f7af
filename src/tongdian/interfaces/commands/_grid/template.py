"""
`tongdian grid template`: a workbook to fill in, for utilities without any model of their network.
"""

from pathlib import Path

import click

from tongdian.interfaces.commands._grid.source import TARGET
from tongdian.interfaces.commands._words import translate
from tongdian.kit.refused import N_


@click.command(help="Write an Excel workbook to fill in, which the other commands read as SOURCE.")
@click.option("-o", "--output", required=True, type=TARGET)
def template(output: Path) -> None:
    """
    Write the empty workbook.
    """
    from tongdian.engines import grid

    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_bytes(grid.write_template())
    click.echo(translate(N_("%(file)s: fill in what is known; rows that begin with # are examples.")) % {"file": output})
