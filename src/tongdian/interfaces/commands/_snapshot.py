"""
The form of a snapshot: one tar with manifest.json first, then the database and the files of the data folder.

The manifest names every file with size and SHA-256. Writing goes to a partial file beside the target, which takes the target's
name only when it was read back whole; killed at any moment, there is either the whole snapshot or none.
"""

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from tongdian.kit.refused import N_, Refused

FORMAT = "tongdian-snapshot"
VERSION = 1
MANIFEST = "manifest.json"
DATABASE = "tongdian.sqlite3"
CHUNK = 2**20
LARGEST_MANIFEST = 64 * 2**20
# leftovers, what belongs to the open database, and the key that signs certificates: a snapshot travels, the key does not
PASSED_OVER = (".partial", ".lock", "-wal", "-shm", "-journal", "certificate.key")


class NoSnapshot(Refused):
    """
    The file is not a snapshot of Tongdian.
    """


class DamagedSnapshot(Refused):
    """
    The snapshot is not what its manifest says.
    """


class DamagedDatabase(Refused):
    """
    The database does not pass SQLite's own check.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """
    One file of a snapshot; ``path`` is relative to the data folder.
    """

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """
    What a snapshot holds. ``looked`` is what :mod:`_chain` found in its database.
    """

    created_at: str
    program: str
    items: tuple[Item, ...]
    looked: dict[str, Any]


def list_files(folder: Path, database: Path) -> list[Path]:
    """
    Return the files of a data folder that belong to an installation, the database apart.
    """
    own = {database, *(database.with_name(database.name + end) for end in PASSED_OVER)}
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    return [path for path in files if path not in own and not path.name.endswith(PASSED_OVER) and not path.name.startswith("test.sqlite3")]


def copy_database(source: Path, target: Path) -> None:
    """
    Copy a database that is in use, consistently, by SQLite's backup interface; the copy is one file, its log folded in.

    The one SQLite library of the process is used: a second one would drop the locks of the first.
    """
    import sqlite3  # tongdian/__init__.py has put pysqlite3 here

    old, new = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=20), sqlite3.connect(target)
    try:
        old.backup(new)
    finally:
        new.close()
        old.close()


def look_at(folder: Path) -> dict[str, Any]:
    """
    Return what stands in the database of a data folder, found by a process of its own.

    :raises DamagedDatabase: if it cannot be opened or SQLite finds it damaged
    """
    environment = {**os.environ, "TONGDIAN_DATA_DIR": str(folder), "TONGDIAN_SECRET_KEY": "only-reads"}
    done = subprocess.run(
        [sys.executable, "-m", "tongdian.interfaces.commands._chain"], env=environment, capture_output=True, text=True, check=False
    )
    try:
        looked: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        last = (done.stderr.strip().splitlines() or [""])[-1]
        raise DamagedDatabase(N_("The database cannot be read: %(reason)s"), reason=last) from None
    if looked["integrity"] != ["ok"] or looked["orphans"]:
        reason = "; ".join(looked["integrity"][:3]) if looked["integrity"] != ["ok"] else f"{looked['orphans']} orphaned rows"
        raise DamagedDatabase(N_("The database is damaged (%(reason)s). Restore the latest good snapshot."), reason=reason)
    return looked


def write_tar(target: Path, manifest: Manifest, sources: dict[str, Path]) -> None:
    """
    Write a snapshot; it is on the disk when this returns. ``sources``: path in the snapshot -> file.
    """
    descriptor = os.open(target, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)  # it holds the key and people's words
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
            text = json.dumps({"format": FORMAT, "version": VERSION, **asdict(manifest)}, ensure_ascii=False, indent=1).encode()
            head = tarfile.TarInfo(MANIFEST)
            head.size, head.mode = len(text), 0o600
            tar.addfile(head, io.BytesIO(text))
            for item in manifest.items:
                member = tarfile.TarInfo(item.path)
                member.size, member.mode = item.size, 0o600
                with sources[item.path].open("rb") as source:
                    tar.addfile(member, source)
        file.flush()
        os.fsync(file.fileno())


def read_tar(path: Path, into: Path) -> Manifest:
    """
    Unpack a snapshot into an empty folder, checking every size and sum on the way; files are on the disk when this returns.

    :raises NoSnapshot: if the file is something else, or of a newer form
    :raises DamagedSnapshot: if anything is missing, added or changed
    """
    try:
        with tarfile.open(path, "r:") as tar:
            members = iter(tar)
            manifest = _read_manifest(tar, next(members, None), path)
            expected = {item.path: item for item in manifest.items}
            for member in members:
                item = expected.pop(member.name, None)
                content = tar.extractfile(member) if member.isreg() else None
                if item is None or content is None:
                    raise DamagedSnapshot(N_("%(file)s holds %(name)s, which its manifest does not name."), file=path, name=member.name)
                _unpack(content, item, into, path)
    except (tarfile.TarError, EOFError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None and not isinstance(error, tarfile.TarError):
            raise  # the disk's fault, not the snapshot's
        raise NoSnapshot(N_("%(file)s is no snapshot of Tongdian: %(reason)s"), file=path, reason=error) from error
    if expected:
        raise DamagedSnapshot(N_("%(file)s is cut off: %(name)s is missing."), file=path, name=next(iter(expected)))
    if DATABASE not in {item.path for item in manifest.items}:
        raise NoSnapshot(N_("%(file)s is no snapshot of Tongdian: %(reason)s"), file=path, reason=DATABASE)
    return manifest


def measure(sources: dict[str, Path]) -> tuple[Item, ...]:
    """
    Return size and SHA-256 of files.
    """
    items = []
    for name, source in sources.items():
        digest, size = hashlib.sha256(), 0
        with source.open("rb") as file:
            for chunk in _chunks(file):
                digest.update(chunk)
                size += len(chunk)
        items.append(Item(path=name, size=size, sha256=digest.hexdigest()))
    return tuple(items)


def sync_folder(folder: Path) -> None:
    """
    Make a rename in a folder survive a power cut.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_manifest(tar: tarfile.TarFile, member: tarfile.TarInfo | None, path: Path) -> Manifest:
    content = tar.extractfile(member) if member is not None and member.name == MANIFEST and member.size < LARGEST_MANIFEST else None
    if content is None:
        raise NoSnapshot(N_("%(file)s is no snapshot of Tongdian: %(reason)s"), file=path, reason=f"no {MANIFEST}")
    try:
        found = json.loads(content.read())
        if found["format"] == FORMAT and found["version"] != VERSION:
            raise NoSnapshot(N_("%(file)s was written by a newer program. Install that version to restore it."), file=path)
        items = tuple(Item(**item) for item in found["items"])
        manifest = Manifest(created_at=found["created_at"], program=found["program"], items=items, looked=found["looked"])
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedSnapshot(N_("The manifest of %(file)s is damaged."), file=path) from error
    if found["format"] != FORMAT or not all(_is_inside(item.path) for item in items):
        raise NoSnapshot(N_("%(file)s is no snapshot of Tongdian: %(reason)s"), file=path, reason=MANIFEST)
    return manifest


def _is_inside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(parts) and not name.startswith("/") and ".." not in parts and "\\" not in name


def _unpack(content: IO[bytes], item: Item, into: Path, path: Path) -> None:
    target = into / item.path
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(target, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for chunk in _chunks(content):
            digest.update(chunk)
            size += len(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if (size, digest.hexdigest()) != (item.size, item.sha256):
        raise DamagedSnapshot(N_("%(file)s is damaged: %(name)s is not what the manifest says."), file=path, name=item.path)


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk
