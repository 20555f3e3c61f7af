"""
Write the locks: every package of every platform with the hashes of its files, no address and no path. Run by `make lock`.

The development lock comes first and the others keep to it, so that tests and production run on the same versions.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = Path(sys.executable).parent / "uv"
LOCKS = (
    ("requirements-dev", ()),
    ("requirements", ("-c", "requirements-dev.txt")),
    ("requirements-uv", ("-c", "requirements-dev.txt")),
    ("requirements-node", ()),
)
OPTIONS = (
    "--no-config",
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-header",
    "--no-annotate",
)


def main() -> int:
    """
    Write every lock; `--upgrade` takes the newest versions that fit.
    """
    sys.path.insert(0, str(ROOT / "tools"))
    import setup  # noqa: PLC0415 - beside this file

    told = setup.uv_environment(setup.read_pip_settings(), os.environ)
    # a folder of packages holds what this machine needs, and its hashes alone would lock all others out
    environment = {name: value for name, value in told.items() if name not in {"PIP_FIND_LINKS", "UV_FIND_LINKS"}}
    environment["UV_INDEX"] = " ".join(index for index in environment.get("UV_INDEX", "").split() if not index.startswith("file:"))
    for name, more in LOCKS:
        command = [str(UV), "pip", "compile", "--quiet", *OPTIONS, *more, *sys.argv[1:], f"{name}.in", "--output-file", f"{name}.txt"]
        print(f"… {name}.txt", flush=True)
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
    web = ROOT / "web"
    if (web / "lock.mjs").exists():
        folder, _ = setup.find_node()
        path = str(folder) + os.pathsep + os.environ["PATH"]
        subprocess.run([str(folder / "node"), "lock.mjs"], cwd=web, env={**os.environ, "PATH": path}, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
