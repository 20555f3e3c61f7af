"""
`tongdian plan`: from an application on paper to a plan on paper, without any installation.
"""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tongdian.interfaces.commands import _plan_input as given
from tongdian.interfaces.commands import _plan_output as written
from tongdian.interfaces.commands import _plan_places as places
from tongdian.interfaces.commands._plan_run import Run, notes_of, refusal
from tongdian.interfaces.commands._plan_streets import read_streets
from tongdian.interfaces.commands._plan_words import say
from tongdian.interfaces.commands._words import get_language, translate
from tongdian.kit.refused import N_, Refused

if TYPE_CHECKING:
    from tongdian.engines.grid import Network
    from tongdian.engines.supply import Application, Catalogue, SupplyPlan

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
SYNTHETIC = "synthetic"


class NothingToPlan(Refused):
    """
    The command line asks for no plan, or for two different ones.
    """


@click.command(help="Make supply plans from files: JSON, reply and bill as PDF and xlsx, map, one-line diagram.")
@click.argument("application", required=False, type=FILE)
@click.option("--network", "network_file", required=True, type=FILE, help="Network as pandapower JSON (plain or gzipped).")
@click.option("--streets", "streets_file", type=FILE, help="Streets as GeoJSON, OSM XML or GeoPackage.")
@click.option("--profiles", multiple=True, type=FILE, help="Table of yearly profiles that the network names; may be given several times.")
@click.option("--seed", default=2021, show_default=True, help="Seed of the synthetic year (and ring) where none is given.")
@click.option("--year", default=2021, show_default=True, help="The synthetic year.")
@click.option("--step-minutes", default=15, show_default=True, help="Length of a step of the synthetic year.")
@click.option("--ring", default="", help="10 kV network: a file, or “synthetic” [default: the network itself, else synthetic].")
@click.option("--tables", type=FOLDER, help="Folder with tables of cables, prices and rules of your own [default: those shipped].")
@click.option("--batch", type=FILE, help="Many applications, one JSON object a line; each counts those before it.")
@click.option("--joint", is_flag=True, help="With --batch: all answered together, what they share shared fairly.")
@click.option("--needs", is_flag=True, help="With --joint: count the coming needs recorded here, by likelihood; nothing is reserved.")
@click.option("--replace", "lines", help="Renew these lines as cable: identifiers or names, separated by commas; needs no application.")
@click.option("--growth", default=0.3, show_default=True, help="With --replace: growth of the loads that the cable must carry.")
@click.option("--options", "shown", default=0, help="Options to look for [default: as the rules say; 1 with --batch].")
@click.option("--language", type=click.Choice(["zh", "en"]), help="Language of the papers [default: the terminal's].")
@click.option("--date", "today", help="Day of the reply [default: today].")
@click.option("-o", "--output", required=True, type=FOLDER, help="Folder to write.")
def plan(
    *,
    application: Path | None,
    network_file: Path,
    streets_file: Path | None,
    profiles: tuple[Path, ...],
    seed: int,
    year: int,
    step_minutes: int,
    ring: str,
    tables: Path | None,
    batch: Path | None,
    joint: bool,
    needs: bool,
    lines: str | None,
    growth: float,
    shown: int,
    language: str | None,
    today: str | None,
    output: Path,
) -> None:
    """
    Plan one application, many of them one after another or together, or the renewal of a line.
    """
    from tongdian.engines import supply

    if sum(asked is not None for asked in (application, batch, lines)) != 1 or (joint and not batch) or (needs and not joint):
        raise NothingToPlan(N_("Give one application, --batch with a file of many (and --joint), or --replace with lines."))
    if streets_file and (joint or lines):
        raise NothingToPlan(N_("Streets are counted for one application and with --batch only. Leave --streets out here."))
    replied_on = _day(today) if today else date.today()  # noqa: DTZ011 - the day on the reader's own calendar
    catalogue = _catalogue(tables, shown or (0 if application else 1))
    classes = supply.customer_classes(catalogue)
    one = given.read_application(application, today=replied_on, classes=classes) if application else None
    streets = read_streets(streets_file) if streets_file else None
    if one:
        supply.check_street(one.application, streets)
    network, year_seed = given.read_network(network_file, profiles=profiles, year=year, step_minutes=step_minutes, seed=seed)
    run = Run(
        network=network,
        seed=year_seed,
        year=year,
        step_minutes=step_minutes,
        synthetic_seed=seed,
        ring=ring,
        streets=streets,
        catalogue=catalogue,
        language=language or ("en" if get_language() == "en" else "zh"),
        today=replied_on,
    )
    if one:
        _plan_one(one, run, output)
    elif batch is not None and joint:
        places.plan_together(batch, run, output, needs=needs)
    elif batch is not None:
        _plan_many(batch, run, output)
    elif lines is not None:
        places.plan_renewal(lines, growth, run, output)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise NothingToPlan(N_("“%(day)s” is no day. Write it like 2026-05-31."), day=text) from error


def _catalogue(tables: Path | None, shown: int) -> "Catalogue":
    from dataclasses import replace

    from tongdian.engines import supply

    try:
        found = supply.read_catalogue(tables) if tables else supply.shipped_catalogue()
    except (OSError, KeyError, ValueError) as error:
        raise given.UnreadableFile(N_("%(file)s cannot be read: %(reason)s."), file=str(tables), reason=str(error)) from error
    return replace(found, rules=found.rules | {"shown_options": float(shown)}) if shown else found


def _medium(run: Run) -> tuple["Network", tuple[str, ...]]:
    """
    Return the 10 kV network of a run and what readers must know of it.
    """
    from tongdian.engines import grid

    if run.ring not in {"", SYNTHETIC}:
        path = Path(run.ring)
        if not path.is_file():
            raise given.UnreadableFile(
                N_("%(file)s cannot be read: %(reason)s."), file=run.ring, reason=translate(N_("there is no such file"))
            )
        ring, _seed = given.read_network(path, profiles=(), year=run.year, step_minutes=run.step_minutes, seed=run.synthetic_seed)
        return ring, ()
    kv = run.network.buses.nominal_kv[run.network.lines.from_bus]
    if run.ring != SYNTHETIC and ((kv >= 1) & (kv <= 36) & run.network.lines.in_service).any():  # noqa: PLR2004 - medium voltage
        return run.network, ()
    return grid.synthetic_ring(run.network, seed=run.synthetic_seed), (say("synthetic_ring", run.language, seed=run.synthetic_seed),)


def _answer(application: "Application", run: Run) -> tuple["SupplyPlan", "Network", tuple[str, ...]]:
    from tongdian.engines import supply

    if supply.voltage_of(application, run.catalogue) == "low":
        return supply.propose(application, run.network, (), catalogue=run.catalogue, streets=run.streets), run.network, notes_of(run)
    medium, more = _medium(run)
    answer = supply.propose(application, medium, (), catalogue=run.catalogue, corridors=run.network, streets=run.streets)
    return answer, medium, (*notes_of(run), *more)


def _plan_one(one: given.Read, run: Run, output: Path) -> None:
    answer, network, notes = _answer(one.application, run)
    files = written.plan_files(answer, network, told=one.told, seed=run.seed, notes=notes, language=run.language, today=run.today)
    written.write_folder(output, files)
    if answer.feasible:
        best = answer.options[answer.recommended or 0]
        text = translate(N_("%(folder)s: %(count)s ways hold all year; the cheapest, from %(bus)s, costs %(yuan)s yuan."))
        click.echo(text % {"folder": output, "count": len(answer.options), "bus": best.bus_name, "yuan": f"{best.cost.total_yuan:,.2f}"})
    else:
        click.echo(translate(N_("%(folder)s: nothing holds; plan.json says what binds.")) % {"folder": output})


def _plan_many(batch: Path, run: Run, output: Path) -> None:
    began = time.perf_counter()
    lines, totals = [], _Totals()
    for number, told in _answers(batch, run):
        lines.append(json.dumps({"number": number, **told}, ensure_ascii=False, allow_nan=False))
        totals.count(told)
    if not lines:
        raise NothingToPlan(N_("%(file)s holds no application."), file=batch.name)
    summary = totals.summary(run)
    files = {"plans.jsonl": ("\n".join(lines) + "\n").encode(), "summary.json": written.to_json(summary)}
    written.write_folder(output, files)
    text = translate(N_("%(folder)s: %(count)s applications, %(feasible)s can be supplied, %(refused)s refused; %(seconds)s s."))
    seconds = f"{time.perf_counter() - began:.1f}"
    click.echo(text % {"folder": output, "count": len(lines), "seconds": seconds, **{key: summary[key] for key in ("feasible", "refused")}})


def _answers(batch: Path, run: Run) -> Iterator[tuple[int, dict[str, Any]]]:
    """
    Yield what is written of every line of a batch: its plan, or the reason why there is none.
    """
    from tongdian.engines import supply

    waiting = list(given.read_applications(batch, today=run.today, classes=supply.customer_classes(run.catalogue)))
    sound = [read.application for _, read in waiting if isinstance(read, given.Read)]
    medium, notes = _medium(run) if _needs_medium(sound, run) else (None, ())
    answers = supply.propose_many(
        sound,
        run.network,
        medium=medium,
        catalogue=run.catalogue,
        streets=run.streets,
        shown_options=int(run.catalogue.rules["shown_options"]),
    )
    for number, read in waiting:
        if isinstance(read, Refused):
            yield number, refusal("", read)
            continue
        answer = next(answers)
        if answer.plan is None:
            assert answer.refused is not None
            yield number, refusal(answer.application.reference, answer.refused)
            continue
        high = answer.plan.voltage == "high"
        document = supply.to_published(answer.plan, seed=run.seed, notes=(*notes_of(run), *(notes if high else ())))
        yield number, {"reference": answer.application.reference, "plan": document}


def _needs_medium(applications: Sequence["Application"], run: Run) -> bool:
    """
    Tell whether one of the applications is planned at 10 kV.
    """
    from tongdian.engines import supply

    for application in applications:
        try:
            if supply.voltage_of(application, run.catalogue) == "high":
                return True
        except Refused:
            continue
    return False


@dataclass(slots=True)
class _Totals:
    """
    What a batch adds up to.
    """

    feasible: int = 0
    infeasible: int = 0
    refused: int = 0
    reserved_kw: float = 0.0
    total_yuan: float = 0.0
    utility_yuan: float = 0.0
    customer_yuan: float = 0.0

    def count(self, told: dict[str, Any]) -> None:
        """
        Count one answer.
        """
        document = told.get("plan")
        if document is None:
            self.refused += 1
        elif document["recommended"] is None:
            self.infeasible += 1
        else:
            self.feasible += 1
            self.reserved_kw += document["load"]["p_kw"]
            cost = document["options"][document["recommended"]]["cost"]
            self.total_yuan += float(cost["total_yuan"])
            self.utility_yuan += float(cost["utility_yuan"])
            self.customer_yuan += float(cost["customer_yuan"])

    def summary(self, run: Run) -> dict[str, Any]:
        """
        Return the sums as they are written.
        """
        from tongdian.engines import supply

        prices = {row.standing for row in run.catalogue.prices.values()}
        money = {name: round(getattr(self, name), 2) for name in ("total_yuan", "utility_yuan", "customer_yuan")}
        return {
            "applications": self.feasible + self.infeasible + self.refused,
            "feasible": self.feasible,
            "infeasible": self.infeasible,
            "refused": self.refused,
            "reserved_kw": round(self.reserved_kw, 3),
            **money,
            "price_mark": supply.EXAMPLE_MARK if "example" in prices else "",
            "network": run.network.source,
            "seed": run.seed,
            "notes": list(notes_of(run)),
        }
