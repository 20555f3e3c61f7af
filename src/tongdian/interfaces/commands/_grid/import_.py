"""
`tongdian grid import`: any network that can be read, with its year, as one file of ours.
"""

from pathlib import Path

import click

from tongdian.interfaces.commands._grid.source import TARGET, read_source, take_source, tell_findings
from tongdian.interfaces.commands._words import translate
from tongdian.kit.refused import N_


@click.command(help="Read a network with its year and keep it as one file, which the other commands read at once.")
@take_source
@click.option("-o", "--output", required=True, type=TARGET)
def import_(source: Path, profiles: tuple[Path, ...], output: Path) -> None:
    """
    Write the file, whole or not at all; what is wrong in the network is told and does not stop it.
    """
    from tongdian.engines import grid

    network = read_source(source, profiles)
    output.parent.mkdir(parents=True, exist_ok=True)
    fingerprint = grid.write_network(network, output)
    findings = grid.check_network(network)
    tell_findings(one for one in findings if one.level == "error")
    text = N_(
        "%(file)s: %(buses)s buses, %(lines)s lines, %(transformers)s transformers, %(loads)s loads, %(steps)s steps, %(fingerprint)s"
    )
    click.echo(
        translate(text)
        % {
            "file": output,
            "buses": len(network.buses),
            "lines": len(network.lines),
            "transformers": len(network.transformers),
            "loads": len(network.loads),
            "steps": network.profiles.steps if network.profiles else 1,
            "fingerprint": fingerprint[:16],
        }
    )
