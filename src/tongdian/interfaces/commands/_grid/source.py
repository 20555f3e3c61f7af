"""
What every command of `tongdian grid` needs: a network from a file, with the year that tables give it; and findings as sentences.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tongdian.interfaces.commands._words import translate
from tongdian.kit.refused import N_

if TYPE_CHECKING:
    from tongdian.engines.grid import Finding, Network

FILE = click.Path(exists=True, path_type=Path)
TABLE = click.Path(exists=True, dir_okay=False, path_type=Path)
TARGET = click.Path(dir_okay=False, path_type=Path)


def take_source(command: Callable[..., Any]) -> Callable[..., Any]:
    """
    Give a command the argument SOURCE and the option --profiles.
    """
    tables = click.option(
        "--profiles",
        multiple=True,
        type=TABLE,
        metavar="TABLE",
        help="CSV table of yearly profiles, plain or gzipped; may be given several times.",
    )
    return click.argument("source", type=FILE)(tables(command))


def read_source(source: Path, profiles: Sequence[Path]) -> "Network":
    """
    Return the network of a file, with its year; say what is worth knowing of that year.
    """
    from tongdian.engines import grid

    network = grid.read_network(source)
    if profiles:
        network = grid.attach_year(network, [(path.name, path.read_bytes()) for path in profiles])
    return network


def tell_of_year(network: "Network") -> None:
    """
    Say on standard error if the network's steps are no year.
    """
    from tongdian.engines import grid

    year = network.profiles
    if year is None:
        say(N_("Without --profiles every load and generator is constant: one step is looked at."))
    elif not grid.covers_a_year(year):
        text = N_("The profiles hold %(steps)s steps of %(minutes)s minutes, less than a year: what follows holds for these only.")
        say(text, steps=year.steps, minutes=year.step_minutes)


def tell_findings(findings: "Iterable[Finding]") -> None:
    """
    Write findings to standard error, one in each line.
    """
    for one in findings:
        click.echo(f"{translate(one.level)}: {sentence(one)}", err=True)


def sentence(finding: "Finding") -> str:
    """
    Return a finding's sentence in the language of the command line.
    """
    return translate(finding.text) % finding.values


def say(text: str, **values: object) -> None:
    """
    Write a translated sentence to standard error.
    """
    click.echo(translate(text) % values if values else translate(text), err=True)


LEVELS = (N_("error"), N_("warning"))
