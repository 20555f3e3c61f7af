"""
What is committed is ours: no host of a package registry, no path of somebody's machine, no third-party code.
"""

import json
import re

import pytest

HOSTS = re.compile(
    "|".join(re.escape(".".join(parts)) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmmirror", "com")))
)
MACHINE_PATH = re.compile(r"(?<![\w.~}])/(?:" + "home|root|Users|work|mnt" + r")/[\w.-]+")
OPTION = re.compile(r"find-links|index-url|file:|://|\s/[\w.-]+/")
THIRD_PARTY = re.compile(r"(^|/)(node_modules|vendor|third_party|site-packages|dist)/|\.min\.(js|css)$|\.(whl|so|pyd|jar|tgz)$")
LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-node.txt", "requirements-uv.txt")


def text_of(path):
    content = path.read_bytes()
    return "" if b"\0" in content[:8000] else content.decode("utf-8", errors="replace")


def faults(name, text):
    for number, line in enumerate(text.splitlines(), start=1):
        for what, pattern in (("registry", HOSTS), ("machine path", MACHINE_PATH)):
            if found := pattern.search(line):
                yield f"{name}:{number} names a {what}: {found.group()}"


def test_no_file_names_a_registry_or_a_machine(root, committed):
    assert [fault for path in committed for fault in faults(path.relative_to(root).as_posix(), text_of(path))] == []


def test_no_third_party_code_is_committed(root, committed):
    names = [path.relative_to(root).as_posix() for path in committed]
    assert [name for name in names if THIRD_PARTY.search(name)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_nothing_but_versions_and_hashes(root, lock):
    text = (root / lock).read_text()
    assert OPTION.search(text) is None
    assert "--hash=sha256:" in text


def test_the_lock_of_the_pages_holds_no_address(root):
    path = root / "web" / "package-lock.json"
    if not path.exists():
        pytest.skip("no pages yet")
    packages = json.loads(path.read_text())["packages"]
    assert [name for name, entry in packages.items() if "resolved" in entry or "://" in json.dumps(entry)] == []
    assert [name for name, entry in packages.items() if name and "integrity" not in entry] == []


@pytest.mark.parametrize("line", ["see https://pypi" + ".org/simple", "cd /home" + "/somebody/tongdian", 'path = "/mnt' + '/disk"'])
def test_a_host_or_machine_path_is_noticed(line):
    assert len(list(faults("x", line))) == 1


@pytest.mark.parametrize("line", ["docs/home/main", "../home/x", "${ROOT}/home/x", "/usr/bin/env"])
def test_a_relative_path_is_none_of_a_machine(line):
    assert list(faults("x", line)) == []


@pytest.mark.parametrize("line", ["--find-links /opt/x", "--index-url https://a.b", "a @ file:///x", "--extra-index-url x"])
def test_an_option_in_a_lock_is_noticed(line):
    assert OPTION.search(line)


@pytest.mark.parametrize("name", ["web/node_modules/a/b.js", "static/htmx.min.js", "src/vendor/x.py", "a.whl"])
def test_third_party_code_is_noticed(name):
    assert THIRD_PARTY.search(name)
