"""
`tongdian grid capacity`: how much more every bus can carry, exactly, through the whole year.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tongdian.interfaces.commands._grid.source import TABLE, TARGET, read_source, say, take_source, tell_of_year
from tongdian.kit.refused import N_

if TYPE_CHECKING:
    from tongdian.engines.grid import CapacityRow

COLUMNS = ("bus", "capacity_kw", "limit", "element", "at", "base_margin")


@click.command(help="Write what every bus can still carry in every step of the year without breaking a voltage or a rating anywhere.")
@take_source
@click.option("--power-factor", default=0.95, show_default=True, help="Of what is added, lagging.")
@click.option("--vmin", default=0.93, show_default=True, help="Lowest voltage, per unit of each bus.")
@click.option("--vmax", default=1.07, show_default=True, help="Highest voltage, per unit of each bus.")
@click.option("--shape", type=TABLE, help="CSV table of one column of multipliers: a day (repeated) or every step [default: flat].")
@click.option("--generation", is_flag=True, help="Ask for generation instead of load.")
@click.option("--balanced", is_flag=True, help="Count what stands on single phases as spread over three.")
@click.option("--line-loading", default=1.0, show_default=True, help="Share of a line's rating that may be used.")
@click.option("--transformer-loading", default=1.0, show_default=True, help="Share of a transformer's rating; 0.8 is the planner's margin.")
@click.option("-o", "--output", required=True, type=TARGET)
def capacity(source: Path, profiles: tuple[Path, ...], output: Path, **asked: Any) -> None:  # noqa: ANN401 - the options above
    """
    Calculate and write one row for every bus but the source's own, in the order of the source.
    """
    from tongdian.engines import grid

    limits = grid.Limits(
        voltage_min_pu=asked["vmin"],
        voltage_max_pu=asked["vmax"],
        line_loading=asked["line_loading"],
        transformer_loading=asked["transformer_loading"],
    )
    network = read_source(source, profiles)
    if not asked["balanced"]:
        grid.refuse_single_phases(network)
    tell_of_year(network)
    options: dict[str, Any] = {"power_factor": asked["power_factor"], "generation": asked["generation"]}
    if asked["shape"] is not None:
        steps = network.profiles.steps if network.profiles else 1
        minutes = network.profiles.step_minutes if network.profiles else 0
        options["shape"] = grid.read_shape(asked["shape"].read_bytes(), name=asked["shape"].name, steps=steps, step_minutes=minutes)
    rows = grid.capacity_rows(network, limits, **options)
    _tell_broken(rows)
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(COLUMNS) + "\n")
        file.writelines(",".join(cells) + "\n" for cells in _cells(rows))


def _cells(rows: "tuple[CapacityRow, ...]") -> Iterator[tuple[str, ...]]:
    for row in rows:
        element = f"{row.element_kind} {row.element_id}" if row.element_kind else ""
        at = str(row.at) if row.at >= 0 else ""
        margin = "" if math.isnan(row.base_margin) else repr(round(row.base_margin, 9))
        yield str(row.bus), _kw(row.capacity_kw), row.limit, element, at, margin


def _kw(value: float) -> str:
    """
    Return a capacity rounded down to a milliwatt, never up; empty where none could be found.
    """
    if math.isnan(value):
        return ""
    return "inf" if math.isinf(value) else f"{math.floor(value * 1e6) / 1e6:.6f}"


def _tell_broken(rows: "tuple[CapacityRow, ...]") -> None:
    """
    Say on standard error which limits are broken without any addition, and which buses have no supply.
    """
    broken = {(row.limit, row.element_kind, row.element_id, row.at, row.base_margin) for row in rows if row.base_margin < 0}
    for limit, kind, element, at, margin in sorted(broken):
        text = N_("Already broken: %(limit)s at %(kind)s %(element)s by %(percent)s %% in step %(at)s. Its island has capacity 0.")
        say(text, limit=limit, kind=kind, element=element, percent=f"{-margin * 100:.2f}", at=at)
    dark = [row.bus for row in rows if row.limit == "no_supply"]
    if dark:
        say(N_("%(count)s buses have no supply (the first: %(bus)s): capacity 0."), count=len(dark), bus=dark[0])
