"""
What `tongdian plan` reads: applications, networks, profiles, streets. Every refusal names the file, the line or the field.
"""

import gzip
import json
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tongdian.interfaces.commands._words import translate
from tongdian.kit.refused import N_, Refused

if TYPE_CHECKING:
    from tongdian.engines.grid import Network
    from tongdian.engines.supply import Application, Complaint, Prospect

TOLD = ("customer", "address", "customer_contact", "utility_contact", "applied_on")
FIELDS = {"reference", "site", "loads", "class", "wanted_on", "supply", "voltage", "street", "importance", *TOLD}
LOAD_FIELDS = {"kind", "kw", "phases", "count", "power_factor", "starting_current_ratio"}
GZIP = b"\x1f\x8b"


class UnreadableFile(Refused):
    """
    A file is not what it should be.
    """


class UnreadableApplication(Refused):
    """
    An application lacks a field, or one of its fields cannot be used.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """
    An application as it was written: the engine's value, and what is known of the parties.
    """

    application: "Application"
    told: Mapping[str, str] = field(default_factory=dict)


def read_bytes(path: Path) -> bytes:
    """
    Return the content of a file, unpacked if it is gzipped.

    :raises UnreadableFile: if it cannot be read or unpacked
    """
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if content[:2] == GZIP else content
    except (OSError, EOFError) as error:
        raise UnreadableFile(N_("%(file)s cannot be read: %(reason)s."), file=path.name, reason=str(error)) from error


def read_json(content: bytes | str, *, where: str) -> Any:  # noqa: ANN401 - whatever stands there
    """
    Return a JSON text's value.

    :raises UnreadableFile: if it is no JSON, with line and column
    """
    try:
        return json.loads(content)
    except UnicodeDecodeError as error:
        raise UnreadableFile(N_("%(file)s is not text in UTF-8. Save it as UTF-8."), file=where) from error
    except json.JSONDecodeError as error:
        raise UnreadableFile(
            N_("%(file)s is no JSON: line %(line)s, column %(column)s: %(reason)s. Correct it there."),
            file=where,
            line=error.lineno,
            column=error.colno,
            reason=error.msg,
        ) from error


def read_application(path: Path, *, today: date, classes: Collection[str]) -> Read:
    """
    Return the application of a file.
    """
    return to_application(read_json(read_bytes(path), where=path.name), where=path.name, number=1, today=today, classes=classes)


def read_applications(path: Path, *, today: date, classes: Collection[str]) -> Iterator[tuple[int, Read | Refused]]:
    """
    Yield the applications of a JSONL file with their line numbers; one that cannot be read is yielded as its refusal.
    """
    references: dict[str, int] = {}
    places: dict[tuple[float, float], int] = {}
    for number, line in enumerate(read_bytes(path).splitlines(), start=1):
        if not line.strip():
            continue
        where = f"{path.name}:{number}"
        try:
            read = to_application(read_json(line, where=where), where=where, number=number, today=today, classes=classes)
            _check_alone(read, number, references, places)
        except Refused as refused:
            yield number, refused
            continue
        yield number, read


def read_place(path: Path, *, today: date, classes: Collection[str]) -> "Iterator[tuple[int, Read | Complaint | Prospect | Refused]]":
    """
    Yield what a place asks for, with its line numbers: applications, complaints (``complaint``), prospective needs (``probability``).
    """
    references: dict[str, int] = {}
    for number, line in enumerate(read_bytes(path).splitlines(), start=1):
        if not line.strip():
            continue
        where = f"{path.name}:{number}"
        try:
            data = read_json(line, where=where)
            if isinstance(data, dict) and ("complaint" in data or "probability" in data):
                yield number, _need(data, where=where, number=number)
                continue
            read = to_application(data, where=where, number=number, today=today, classes=classes)
            _check_alone(read, number, references, {})
        except Refused as refused:
            yield number, refused
            continue
        yield number, read


def _need(data: dict[str, Any], *, where: str, number: int) -> "Complaint | Prospect":
    from tongdian.engines.supply import Complaint, Prospect

    lon, lat = _site(data, where)
    reference = _text(data, "reference", where, default=str(number))
    if "complaint" in data:
        return Complaint(reference=reference, site_lon=lon, site_lat=lat)
    for name, most in (("kw", 1e6), ("probability", 1.0)):
        if not (_is_number(data.get(name)) and 0 < data[name] <= most):
            raise _bad(where, name, N_("a number above zero; a probability at most 1"), data.get(name))
    return Prospect(reference=reference, site_lon=lon, site_lat=lat, kw=float(data["kw"]), probability=float(data["probability"]))


def _check_alone(read: Read, number: int, references: dict[str, int], places: dict[tuple[float, float], int]) -> None:
    """
    Refuse an application that stands there already, or at the same point as another without saying where each belongs.
    """
    application = read.application
    if (earlier := references.setdefault(application.reference, number)) != number:
        text = N_("The reference %(reference)s stands in line %(earlier)s already. Give every application its own.")
        raise UnreadableApplication(text, reference=application.reference, earlier=earlier)
    place = (round(application.site_lon, 6), round(application.site_lat, 6))
    if (earlier := places.setdefault(place, number)) != number and not read.told.get("address"):
        text = N_(
            "%(reference)s stands at the same point as the application in line %(earlier)s. Join their loads into one application, "
            "correct its site, or give its address."
        )
        raise UnreadableApplication(text, reference=application.reference, earlier=earlier)


def to_application(data: Any, *, where: str, number: int, today: date, classes: Collection[str]) -> Read:  # noqa: ANN401 - whatever stands in the file
    """
    Return an application as the engine knows it.

    :param number: its number, which is its reference if it has none
    :param today: the wanted day if it names none
    :param classes: of customers that are known
    :raises UnreadableApplication: naming the field
    """
    from tongdian.engines.supply import Application

    if not isinstance(data, dict):
        raise UnreadableApplication(N_("%(where)s is no application: write one JSON object with site, loads and class."), where=where)
    for name in data:
        if name not in FIELDS:
            text = N_("%(where)s: the field “%(field)s” is unknown. Fields are: %(fields)s.")
            raise UnreadableApplication(text, where=where, field=name, fields=", ".join(sorted(FIELDS)))
    site = _site(data, where)
    customer_class = _text(data, "class", where)
    if customer_class not in classes:
        raise _bad(where, "class", N_("a class of customers: %(classes)s"), customer_class, classes=", ".join(sorted(classes)))
    application = Application(
        reference=_text(data, "reference", where, default=str(number)),
        site_lon=site[0],
        site_lat=site[1],
        devices=_devices(data, where),
        customer_class=customer_class,
        wanted_date=_day(data, "wanted_on", where, default=today),
        voltage=_text(data, "voltage", where, default=""),
        supply=_text(data, "supply", where, default="single"),
        street=_text(data, "street", where, default=""),
        importance=_text(data, "importance", where, default=""),
    )
    told = {name: _text(data, name, where, default="") for name in TOLD}
    return Read(application=application, told=told)


def _bad(where: str, name: str, wanted: str, value: object, **values: str) -> UnreadableApplication:
    text = N_("%(where)s: the field “%(field)s” is %(value)s. It must be %(wanted)s.")
    return UnreadableApplication(
        text, where=where, field=name, value=json.dumps(value, ensure_ascii=False, default=str), wanted=translate(wanted) % values
    )


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _text(data: Mapping[str, Any], name: str, where: str, *, default: str | None = None) -> str:
    value = data.get(name, default)
    if value is None and name not in data:
        raise UnreadableApplication(N_("%(where)s lacks the field “%(field)s”. Add it."), where=where, field=name)
    if isinstance(value, int) and not isinstance(value, bool) and name == "reference":
        value = str(value)
    if not isinstance(value, str) or (default is None and not value.strip()):
        raise _bad(where, name, N_("a text"), value)
    return value.strip()


def _site(data: Mapping[str, Any], where: str) -> tuple[float, float]:
    if "site" not in data:
        raise UnreadableApplication(N_("%(where)s lacks the field “%(field)s”. Add it."), where=where, field="site")
    site = data["site"]
    if not (isinstance(site, list) and len(site) == 2 and all(map(_is_number, site))):  # noqa: PLR2004 - longitude and latitude
        raise _bad(where, "site", N_("[longitude, latitude] in degrees"), site)
    lon, lat = float(site[0]), float(site[1])
    if not (abs(lon) <= 180 and abs(lat) < 90):  # noqa: PLR2004 - degrees
        raise _bad(where, "site", N_("[longitude, latitude] in degrees, longitude first"), site)
    return lon, lat


def _day(data: Mapping[str, Any], name: str, where: str, *, default: date) -> date:
    value = data.get(name)
    if value is None:
        return default
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise _bad(where, name, N_("a day like 2026-05-31"), value) from error


def _devices(data: Mapping[str, Any], where: str) -> tuple[Any, ...]:
    loads = data.get("loads")
    if not isinstance(loads, list) or not loads:
        raise _bad(where, "loads", N_("a list of at least one load {kind, kw, phases, count}"), loads)
    return tuple(_device(load, f"loads[{at}]", where) for at, load in enumerate(loads, start=1))


def _device(load: Any, name: str, where: str) -> Any:  # noqa: ANN401 - a device of the engine
    from tongdian.engines.supply import Device

    if not isinstance(load, dict) or not {"kind", "kw"} <= set(load):
        raise _bad(where, name, N_("an object with kind and kw"), load)
    for key, value in load.items():
        if key not in LOAD_FIELDS:
            text = N_("%(where)s: the field “%(field)s” is unknown. Fields are: %(fields)s.")
            raise UnreadableApplication(text, where=where, field=f"{name}.{key}", fields=", ".join(sorted(LOAD_FIELDS)))
        if key == "kind" and not isinstance(value, str):
            raise _bad(where, f"{name}.{key}", N_("a text"), value)
        if key in {"kw", "power_factor", "starting_current_ratio"} and not _is_number(value):
            raise _bad(where, f"{name}.{key}", N_("a number"), value)
        if key in {"phases", "count"} and (not isinstance(value, int) or isinstance(value, bool)):
            raise _bad(where, f"{name}.{key}", N_("a whole number"), value)
    return Device(**{**load, "kw": float(load["kw"])})


def read_network(path: Path, *, profiles: tuple[Path, ...], year: int, step_minutes: int, seed: int) -> tuple["Network", int | None]:
    """
    Return a network with its year, and the seed if the year is synthetic.
    """
    from tongdian.engines import grid

    network = grid.read_network(path)
    network = network if network.source else replace(network, source=path.name)
    if profiles:
        return grid.attach_year(network, [(one.name, one.read_bytes()) for one in profiles]), None
    if network.profiles is not None:
        return network, None
    return grid.synthetic_year(network, seed=seed, year=year, step_minutes=step_minutes), seed
