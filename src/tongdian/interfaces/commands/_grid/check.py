"""
`tongdian grid check`: what is wrong in a network, element by element.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tongdian.interfaces.commands._grid.source import read_source, sentence, take_source
from tongdian.interfaces.commands._words import translate
from tongdian.kit.refused import N_

if TYPE_CHECKING:
    from tongdian.engines.grid import Finding

BROKEN = 1
SHOWN = 20  # of a kind


@click.command(help="Say what is wrong in a network, element by element. Exit code 1 if there are errors, 0 otherwise.")
@take_source
@click.option("--vmin", default=0.93, show_default=True, help="Lowest voltage, per unit of each bus.")
@click.option("--vmax", default=1.07, show_default=True, help="Highest voltage, per unit of each bus.")
@click.option("--json", "as_json", is_flag=True, help="Write the findings as JSON.")
@click.option("--static", is_flag=True, help="Look at values and connections only; calculate no power flow.")
def check(source: Path, profiles: tuple[Path, ...], vmin: float, vmax: float, *, as_json: bool, static: bool) -> None:
    """
    Write every finding, errors first; without errors that stop it, the power flow of every step is calculated as well.
    """
    from tongdian.engines import grid

    network = read_source(source, profiles)
    findings = [*grid.check_network(network)]
    if not static and not any(one.stops for one in findings):
        findings += grid.check_year(network, grid.Limits(voltage_min_pu=vmin, voltage_max_pu=vmax))
    errors = sum(one.level == "error" for one in findings)
    if as_json:
        click.echo(json.dumps(list(_tell(findings)), ensure_ascii=False, indent=2))
    else:
        _list(findings)
        counts = {"errors": errors, "warnings": len(findings) - errors}
        click.echo(translate(N_("%(errors)s errors, %(warnings)s warnings")) % counts)
    if errors:
        raise SystemExit(BROKEN)


def _list(findings: "list[Finding]") -> None:
    """
    Write the findings by kind in the order in which they came, the first of each kind.
    """
    kinds = dict.fromkeys((one.level, one.code) for one in findings)
    for level, code in kinds:
        alike = [one for one in findings if (one.level, one.code) == (level, code)]
        for one in alike[:SHOWN]:
            click.echo(f"{translate(level)}: {sentence(one)}")
        if len(alike) > SHOWN:
            text = N_("… and %(count)s more of this kind (%(code)s); --json lists all.")
            click.echo(translate(text) % {"count": len(alike) - SHOWN, "code": code})


def _tell(findings: "list[Finding]") -> Iterator[dict[str, object]]:
    for one in findings:
        yield {
            "level": one.level,
            "code": one.code,
            "element": f"{one.element_kind} {one.element_id}" if one.element_id >= 0 else one.element_kind,
            "name": one.element_name,
            "text": sentence(one),
        }
