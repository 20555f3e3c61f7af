"""
A store of feeders: a folder with one Parquet file a feeder, the profiles they share, and a manifest that names them all.

    STORE/manifest.json            format, feeders with fingerprint, buses, connections, bytes
    STORE/profiles/<print>.parquet a year of profiles, once, whoever refers to it
    STORE/feeders/<name>.parquet   the network's columns; the profiles by their print

Every file takes its place at once, the manifest last: a store that was begun and not finished has no manifest and is refused.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import numpy as np

from tongdian.engines.grid._store import columns as _columns
from tongdian.engines.grid._store.columns import BadFileError
from tongdian.engines.grid._values import (
    Buses,
    Floats,
    Generators,
    Lines,
    Loads,
    Network,
    Profiles,
    Shunts,
    Sources,
    Switches,
    Table,
    Transformers,
)
from tongdian.kit.refused import N_, Refused

FORMAT = "1"
MANIFEST, FEEDERS, PROFILES = "manifest.json", "feeders", "profiles"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
TABLES: dict[str, type[Table]] = {
    "buses": Buses,
    "lines": Lines,
    "transformers": Transformers,
    "switches": Switches,
    "loads": Loads,
    "generators": Generators,
    "shunts": Shunts,
    "sources": Sources,
}


class NoStore(Refused):
    """
    A folder that is no store, or not yet, or of another version.
    """


class DamagedFeeder(Refused):
    """
    A partition that cannot be trusted.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    What the manifest says of a feeder; ``bytes`` on disk without the shared profiles; ``digest``: SHA-256 of its file.
    """

    name: str
    fingerprint: str
    digest: str
    buses: int
    connections: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """
    An opened store. ``label`` says where its feeders come from.
    """

    folder: Path
    label: str
    entries: tuple[Entry, ...]

    def entry(self, name: str) -> Entry:
        """
        Return what is known of a feeder.

        :raises NoStore: if the store has no such feeder
        """
        for one in self.entries:
            if one.name == name:
                return one
        raise NoStore(N_("The store %(store)s has no feeder %(name)s."), store=str(self.folder), name=name)


def write_store(folder: Path, feeders: Iterable[tuple[str, Network]], *, label: str) -> Store:
    """
    Write feeders one by one, so that memory holds one at a time, then the manifest.

    :raises NoStore: if the folder has a store already, or a name cannot be a file's
    """
    refuse_finished(folder)
    return finish_store(folder, [put_feeder(folder, name, network) for name, network in feeders], label=label)


def refuse_finished(folder: Path) -> None:
    """
    Refuse to write into a finished store.

    :raises NoStore: if there is one
    """
    if (folder / MANIFEST).exists():
        raise NoStore(N_("%(store)s is a finished store already. Give another folder, or remove it first."), store=str(folder))


def finish_store(folder: Path, entries: Iterable[Entry], *, label: str) -> Store:
    """
    Write the manifest: from now on the folder is a store.
    """
    store = Store(folder=folder, label=label, entries=tuple(sorted(entries, key=lambda one: one.name)))
    rows = [{field.name: getattr(one, field.name) for field in fields(one)} for one in store.entries]
    manifest = {"format": FORMAT, "label": label, "feeders": rows}
    _columns.write_text(folder / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1) + "\n")
    return store


def open_store(folder: Path) -> Store:
    """
    Return the store of a folder.

    :raises NoStore: if it is none, was never finished, or has another format
    """
    path = folder / MANIFEST
    if not path.exists():
        if (folder / FEEDERS).is_dir():
            raise NoStore(N_("The store %(store)s was begun and never finished. Write it again; what is whole is kept."), store=str(folder))
        raise NoStore(N_("%(store)s is no store of feeders. Make one: tongdian grid generate STORE"), store=str(folder))
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        version = str(manifest["format"])
        entries = tuple(Entry(**row) for row in manifest["feeders"]) if version == FORMAT else ()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoStore(N_("The manifest of %(store)s cannot be read: %(reason)s."), store=str(folder), reason=str(error)) from error
    if version != FORMAT:
        text = N_("The store %(store)s has format %(found)s; this program reads format %(known)s. Write it again with this version.")
        raise NoStore(text, store=str(folder), found=version, known=FORMAT)
    return Store(folder=folder, label=str(manifest["label"]), entries=entries)


def only_feeder(store: Store, name: str) -> Store:
    """
    Return the store as if it had one feeder only.

    :raises NoStore: if it has no such feeder
    """
    return replace(store, entries=(store.entry(name),))


def read_feeder(store: Store, name: str) -> Network:
    """
    Return a feeder with its year, checked against its fingerprint.

    :raises DamagedFeeder: if its file is missing, damaged, of another version or not the one of the manifest
    """
    entry = store.entry(name)
    if _digest(store.folder, name) != entry.digest:
        raise DamagedFeeder(N_("The file of feeder %(name)s is damaged, gone or another one. Write it to the store again."), name=name)
    network, found = _load(store.folder, name)
    if found != entry.fingerprint:
        raise DamagedFeeder(N_("Feeder %(name)s is not the one that the manifest names. Write it to the store again."), name=name)
    return network


def iterate_feeders(store: Store) -> Iterator[tuple[str, Network]]:
    """
    Yield every feeder, one at a time.
    """
    for entry in store.entries:
        yield entry.name, read_feeder(store, entry.name)


def replace_feeder(store: Store, name: str, network: Network) -> Store:
    """
    Put a changed feeder (an accepted application is one more load) in place of the one before, and return the store as it is now.

    One process at a time may do this: the manifest is written anew.
    """
    whole = open_store(store.folder)
    entry = put_feeder(whole.folder, whole.entry(name).name, network)
    return finish_store(whole.folder, [entry if one.name == name else one for one in whole.entries], label=whole.label)


def stored_entry(folder: Path, name: str) -> Entry | None:
    """
    Return what the manifest would say of a partition, None where there is none that can be read.
    """
    try:
        network, fingerprint = _load(folder, name)
    except DamagedFeeder:
        return None
    return _entry(folder, name, network, fingerprint)


def stored_design(folder: Path, name: str) -> str:
    """
    Return the design that a partition was generated from, empty if there is no partition or none was noted.
    """
    try:
        return _columns.read_facts(_feeder_path(folder, name)).get("design", "")
    except BadFileError:
        return ""


def put_feeder(folder: Path, name: str, network: Network, *, design: str = "") -> Entry:
    """
    Write one partition, and its profiles if the store has them not yet; may run in several processes at once.

    :raises NoStore: if the name cannot be a file's
    """
    if not NAME.fullmatch(name):
        raise NoStore(N_("A feeder's name has letters, digits, . _ and - only, not “%(name)s”."), name=name)
    shared = "" if network.profiles is None else _put_profiles(folder, network.profiles)
    columns = {
        f"{table}.{field.name}": getattr(getattr(network, table), field.name) for table, kind in TABLES.items() for field in fields(kind)
    }
    fingerprint = _fingerprint(network, shared)
    facts = {
        "format": FORMAT,
        "name": name,
        "fingerprint": fingerprint,
        "profiles": shared,
        "frequency_hz": repr(network.frequency_hz),
        "source": network.source,
        "design": design,
    }
    _columns.write_lists(_feeder_path(folder, name), columns, facts)
    return _entry(folder, name, network, fingerprint)


def _entry(folder: Path, name: str, network: Network, fingerprint: str) -> Entry:
    return Entry(
        name=name,
        fingerprint=fingerprint,
        digest=_digest(folder, name),
        buses=len(network.buses),
        connections=len(network.loads),
        bytes=_feeder_path(folder, name).stat().st_size,
    )


def _digest(folder: Path, name: str) -> str:
    path = _feeder_path(folder, name)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _fingerprint(network: Network, shared: str) -> str:
    """
    Return the fingerprint of a feeder and, by its print, of the year it refers to, which is hashed once and not per feeder.
    """
    own = replace(network, profiles=None).fingerprint()
    return hashlib.sha256(f"{own}/{shared}".encode()).hexdigest()


def _feeder_path(folder: Path, name: str) -> Path:
    return folder / FEEDERS / f"{name}.parquet"


def _load(folder: Path, name: str) -> tuple[Network, str]:
    try:
        columns, facts = _columns.read_lists(_feeder_path(folder, name))
    except BadFileError as error:
        text = N_("Feeder %(name)s cannot be read: %(reason)s. Write it to the store again.")
        raise DamagedFeeder(text, name=name, reason=str(error).splitlines()[0]) from error
    wanted = {f"{table}.{field.name}" for table, kind in TABLES.items() for field in fields(kind)}
    if facts.get("format") != FORMAT or set(columns) != wanted:
        raise DamagedFeeder(N_("Feeder %(name)s was written by another version. Write it to the store again."), name=name)
    tables: dict[str, Any] = {
        table: kind(**{field.name: columns[f"{table}.{field.name}"] for field in fields(kind)})  # type: ignore[arg-type]
        for table, kind in TABLES.items()
    }
    shared = facts["profiles"]
    network = Network(**tables, frequency_hz=float(facts["frequency_hz"]), source=facts["source"])
    found = _fingerprint(network, shared)
    if found != facts["fingerprint"]:
        raise DamagedFeeder(N_("Feeder %(name)s does not fit its fingerprint. Write it to the store again."), name=name)
    return (replace(network, profiles=_profiles(folder, shared)) if shared else network), found


@lru_cache(maxsize=4)
def _print_of(profiles: "_Held") -> str:
    year = profiles.year
    digest = hashlib.sha256(f"{year.start}/{year.step_minutes}/{year.label}/".encode() + "\0".join(year.name).encode())
    digest.update(np.ascontiguousarray(year.p).tobytes())
    if year.q is not year.p:
        digest.update(np.ascontiguousarray(year.q).tobytes())
    return digest.hexdigest()[:32]


class _Held:
    """
    A year of profiles compared by identity, so that its print is taken once however many feeders share it.
    """

    def __init__(self, year: Profiles) -> None:
        self.year = year

    def __hash__(self) -> int:
        return id(self.year)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.year is self.year


def _put_profiles(folder: Path, year: Profiles) -> str:
    shared = _print_of(_Held(year))
    path = folder / PROFILES / f"{shared}.parquet"
    if not path.exists():
        columns: dict[str, Floats] = {f"p{row}": values for row, values in enumerate(year.p)}
        if year.q is not year.p:
            columns |= {f"q{row}": values for row, values in enumerate(year.q)}
        facts = {"start": year.start, "step_minutes": str(year.step_minutes), "label": year.label, "names": json.dumps(year.name)}
        _columns.write_columns(path, columns, facts)
    return shared


@lru_cache(maxsize=2)
def _profiles(folder: Path, shared: str) -> Profiles:
    """
    Return a year of profiles, kept for the next feeder that refers to it.
    """
    try:
        columns, facts = _columns.read_columns(folder / PROFILES / f"{shared}.parquet")
        names = tuple(json.loads(facts["names"]))
        p = np.stack([cast("Floats", columns[f"p{row}"]) for row in range(len(names))]) if names else np.empty((0, 0))
        q = np.stack([cast("Floats", columns[f"q{row}"]) for row in range(len(names))]) if "q0" in columns else p
    except (BadFileError, KeyError, ValueError) as error:
        text = N_("The profiles %(print)s of the store %(store)s cannot be read: %(reason)s.")
        raise DamagedFeeder(text, print=shared, store=str(folder), reason=str(error).splitlines()[0]) from error
    year = Profiles(name=names, p=p, q=q, start=facts["start"], step_minutes=int(facts["step_minutes"]), label=facts["label"])
    if _print_of(_Held(year)) != shared:
        raise DamagedFeeder(N_("The profiles %(print)s of the store %(store)s do not fit their print."), print=shared, store=str(folder))
    return year
