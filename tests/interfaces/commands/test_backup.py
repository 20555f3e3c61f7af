"""
A snapshot is whole or not there; a restore gives back what was there or changes nothing.
"""

import hashlib
import io
import json
import tarfile

import pytest

from tongdian.interfaces.commands import _snapshot as snapshot
from tongdian.interfaces.commands._snapshot import DamagedSnapshot, NoSnapshot, read_tar

KILL = "import os, signal; kill = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)"
RUN = "from tongdian.interfaces.commands import main; main({words!r})"


@pytest.fixture
def tar(tongdian, data, tmp_path):
    done = tongdian("backup", tmp_path / "all.tar", data=data)
    assert done.returncode == 0, done.stderr
    return tmp_path / "all.tar"


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def names(path):
    with tarfile.open(path) as tar:
        return tar.getnames()


def rewrite(path, change):
    """Write a tar again with members changed: ``change(name, content) -> (name, content) or None``."""
    with tarfile.open(path) as tar:
        members = [(member.name, tar.extractfile(member).read()) for member in tar]
    with tarfile.open(path, "w") as tar:
        for name, content in filter(None, (change(*member) for member in members)):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


def test_a_snapshot_holds_the_database_and_the_files(tar):
    assert names(tar) == ["manifest.json", "tongdian.sqlite3", "files/ab/abcdef", "secret.key"]
    assert tar.stat().st_mode & 0o077 == 0


def test_a_restored_installation_is_the_one_that_was_saved(tongdian, tar, tmp_path):
    done = tongdian("restore", tar, data=tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "new" / "files" / "ab" / "abcdef").read_bytes() == b"a photo"
    verified = tongdian("journal", "verify", data=tmp_path / "new")
    assert verified.returncode == 0, verified.stderr
    assert digest_of_journal(tongdian, tmp_path / "new") == digest_of_journal(tongdian, tmp_path / "utility" / "data")


def digest_of_journal(tongdian, data):
    return tongdian("journal", "verify", data=data).stdout


def test_a_snapshot_is_consistent_while_others_write(tongdian, python, data, tmp_path):
    writer = f"""
import pysqlite3, subprocess, sys
connection = pysqlite3.connect({str(data / "tongdian.sqlite3")!r}, isolation_level=None)
connection.execute("PRAGMA journal_mode=WAL")
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE people_installation SET name = 'half written'")
from tongdian.interfaces.commands import main
main(["backup", {str(tmp_path / "busy.tar")!r}], standalone_mode=False)
connection.execute("ROLLBACK")
"""
    done = python(writer, data)
    assert done.returncode == 0, done.stderr
    tongdian("restore", tmp_path / "busy.tar", data=tmp_path / "new")
    look = f"import pysqlite3; print(pysqlite3.connect({str(tmp_path / 'new' / 'tongdian.sqlite3')!r}).execute('SELECT name FROM people_installation').fetchone()[0])"
    assert python(look, tmp_path / "new").stdout.strip() == "城东供电"


def test_a_folder_as_target_gets_a_name_with_the_moment(tongdian, data, tmp_path):
    (tmp_path / "backups").mkdir()
    assert tongdian("backup", tmp_path / "backups", data=data).returncode == 0
    (made,) = (tmp_path / "backups").iterdir()
    assert made.match("tongdian-????????-??????.tar")


def test_nothing_is_overwritten_by_a_backup(tongdian, tar, data):
    before = digest(tar)
    assert tongdian("backup", tar, data=data).returncode == 2
    assert digest(tar) == before


def test_a_snapshot_does_not_lie_in_what_it_saves(tongdian, data):
    done = tongdian("backup", data / "backups" / "all.tar", data=data)
    assert (done.returncode, (data / "backups").exists()) == (2, False)


def test_without_a_database_there_is_nothing_to_back_up(tongdian, tmp_path):
    done = tongdian("backup", tmp_path / "none.tar")
    assert (done.returncode, (tmp_path / "none.tar").exists()) == (2, False)


@pytest.mark.parametrize("moment", ["write_tar", "read_tar", "sync_folder"])
def test_a_killed_backup_leaves_a_whole_snapshot_or_none(python, tongdian, data, tmp_path, moment):
    target = tmp_path / "killed.tar"
    code = f"{KILL}; from tongdian.interfaces.commands import _snapshot; _snapshot.{moment} = kill; {RUN.format(words=['backup', str(target)])}"
    assert python(code, data).returncode == -9
    assert target.exists() == (moment == "sync_folder")
    target.unlink(missing_ok=True)
    assert tongdian("backup", target, data=data).returncode == 0


def test_a_changed_journal_is_saved_and_told(tongdian, python, data, tmp_path):
    python(
        f"import pysqlite3; c = pysqlite3.connect({str(data / 'tongdian.sqlite3')!r}); "
        "c.execute(\"UPDATE journal_entry SET kind = 'other' WHERE sequence = 1\"); c.commit()",
        data,
    )
    done = tongdian("backup", tmp_path / "changed.tar", data=data)
    assert done.returncode == 1
    assert "journal verify" in done.stderr
    assert (tmp_path / "changed.tar").exists()


def test_a_damaged_database_is_refused(tongdian, data, tmp_path):
    path = data / "tongdian.sqlite3"
    content = bytearray(path.read_bytes())
    content[8192:40960] = b"\xff" * (40960 - 8192)
    path.write_bytes(content)
    done = tongdian("backup", tmp_path / "damaged.tar", data=data)
    assert done.returncode == 2, done.stderr
    assert not (tmp_path / "damaged.tar").exists()


def test_an_installation_is_not_replaced_without_force(tongdian, tar, data):
    before = digest(data / "tongdian.sqlite3")
    done = tongdian("restore", tar, data=data)
    assert (done.returncode, digest(data / "tongdian.sqlite3")) == (2, before)
    assert "--force" in done.stderr


def test_by_force_the_old_installation_is_kept_aside(tongdian, tar, data, utility):
    (data / "files" / "ab" / "abcdef").write_bytes(b"newer")
    done = tongdian("restore", "--force", tar, data=data)
    assert done.returncode == 0, done.stderr
    (aside,) = utility.glob("data.before-*")
    assert (aside / "files" / "ab" / "abcdef").read_bytes() == b"newer"
    assert (data / "files" / "ab" / "abcdef").read_bytes() == b"a photo"


def test_an_installation_in_use_is_not_replaced(tongdian, python, tar, data):
    code = f"import pysqlite3; c = pysqlite3.connect({str(data / 'tongdian.sqlite3')!r}); c.execute('SELECT * FROM journal_entry').fetchone(); "
    done = python(code + RUN.format(words=["restore", "--force", str(tar)]), data)
    assert done.returncode == 2, done.stdout
    assert "open elsewhere" in done.stderr


def test_a_served_installation_is_not_replaced(python, tar, data):
    code = f"from pathlib import Path; from tongdian.interfaces.commands import _serving; _serving.hold(Path({str(data)!r})); "
    done = python(code + RUN.format(words=["restore", "--force", str(tar)]), data)
    assert done.returncode == 2, done.stdout
    assert "in use" in done.stderr


@pytest.mark.parametrize(("moment", "is_there"), [("read_tar", True), ("look_at", True)])
def test_a_restore_killed_before_its_end_changes_nothing(python, tongdian, tar, data, moment, is_there):
    before = digest(data / "tongdian.sqlite3")
    words = ["restore", "--force", str(tar)]
    code = f"{KILL}; from tongdian.interfaces.commands import _snapshot; _snapshot.{moment} = kill; {RUN.format(words=words)}"
    assert python(code, data).returncode == -9
    assert is_there == (digest(data / "tongdian.sqlite3") == before)
    assert tongdian("restore", "--force", tar, data=data).returncode == 0


def test_a_restore_killed_between_its_two_renames_can_be_repeated(python, tongdian, tar, data, utility):
    words = ["restore", "--force", str(tar)]
    code = f"{KILL}; import pathlib; pathlib.Path.replace = kill; {RUN.format(words=words)}"
    assert python(code, data).returncode == -9
    assert not (data / "tongdian.sqlite3").exists()
    (aside,) = utility.glob("data.before-*")
    assert (aside / "tongdian.sqlite3").exists()
    assert str(aside) in tongdian("doctor", data=data).stdout
    assert tongdian("restore", tar, data=data).returncode == 0
    assert tongdian("journal", "verify", data=data).returncode == 0


def test_a_cut_snapshot_is_refused(tar, tmp_path):
    tar.write_bytes(tar.read_bytes()[: tar.stat().st_size // 2])
    with pytest.raises((NoSnapshot, DamagedSnapshot)):
        read_tar(tar, tmp_path / "into")


@pytest.mark.parametrize("content", [b"", b"no tar at all", b"\0" * 20480])
def test_a_foreign_file_is_refused(tmp_path, content):
    (tmp_path / "x.tar").write_bytes(content)
    with pytest.raises(NoSnapshot):
        read_tar(tmp_path / "x.tar", tmp_path / "into")


def change_evidence(name, content):
    return name, b"b photo" if name.startswith("files/") else content


def drop_evidence(name, content):
    return None if name.startswith("files/") else (name, content)


def smuggle(name, content):
    return ("../outside" if name.startswith("files/") else name), content


def smuggle_by_manifest(name, content):
    if name == "manifest.json":
        content = content.replace(b"files/ab/abcdef", b"../outside")
    return smuggle(name, content)


def spoil_manifest(name, content):
    return name, content[:-20] if name == "manifest.json" else content


@pytest.mark.parametrize("change", [change_evidence, drop_evidence, smuggle, smuggle_by_manifest, spoil_manifest])
def test_a_changed_snapshot_is_refused_and_nothing_lands_outside(tar, tmp_path, change):
    rewrite(tar, change)
    with pytest.raises((NoSnapshot, DamagedSnapshot)):
        read_tar(tar, tmp_path / "into")
    assert not (tmp_path / "outside").exists()


def test_a_refused_snapshot_leaves_the_installation(tongdian, tar, data):
    rewrite(tar, change_evidence)
    before = digest(data / "tongdian.sqlite3")
    assert tongdian("restore", "--force", tar, data=data).returncode == 2
    assert digest(data / "tongdian.sqlite3") == before


def test_a_snapshot_of_a_newer_form_is_refused(tar, tmp_path):
    def newer(name, content):
        return name, json.dumps(json.loads(content) | {"version": 2}).encode() if name == "manifest.json" else content

    rewrite(tar, newer)
    with pytest.raises(NoSnapshot, match="newer"):
        read_tar(tar, tmp_path / "into")


def test_a_snapshot_of_a_newer_program_is_refused(tongdian, python, data, tmp_path):
    add = "INSERT INTO django_migrations (app, name, applied) VALUES ('people', '9999_future', '2030-01-01')"
    python(f"import pysqlite3; c = pysqlite3.connect({str(data / 'tongdian.sqlite3')!r}); c.execute({add!r}); c.commit()", data)
    assert tongdian("backup", tmp_path / "future.tar", data=data).returncode == 0
    done = tongdian("restore", tmp_path / "future.tar", data=tmp_path / "new")
    assert (done.returncode, (tmp_path / "new" / "tongdian.sqlite3").exists()) == (2, False)
    assert "people.9999_future" in done.stderr


def test_the_open_database_and_leftovers_are_no_files_of_a_snapshot(tmp_path):
    for name in ("tongdian.sqlite3", "tongdian.sqlite3-wal", "tongdian.sqlite3-shm", "x.partial", "serving.lock", "kept"):
        (tmp_path / name).touch()
    assert [path.name for path in snapshot.list_files(tmp_path, tmp_path / "tongdian.sqlite3")] == ["kept"]


def test_another_database_is_refused(monkeypatch):
    from tongdian.interfaces.commands import _checks
    from tongdian.interfaces.commands.backup import OtherDatabase, require_sqlite

    monkeypatch.setattr(_checks, "find_database", lambda: None)
    with pytest.raises(OtherDatabase, match="pg_dump"):
        require_sqlite()
