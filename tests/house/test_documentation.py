"""
Nothing that people use is undocumented: commands and settings in docs/guide, dependencies with their reason in docs/decisions.
"""

import re

import click
import pytest

from tongdian.interfaces.commands import main

SETTING = re.compile(r"\bTONGDIAN_[A-Z_]+[A-Z]\b")
PACKAGE = re.compile(r"^([A-Za-z0-9_.-]+)", re.MULTILINE)


@pytest.fixture(scope="session")
def guide(root):
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((root / "docs" / "guide").rglob("*.md")))


def commands_of(group, words):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands_of(command, [*words, name])
        else:
            yield " ".join([*words, name])


def settings_in(text):
    return set(SETTING.findall(text))


def packages_in(text):
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return {PACKAGE.match(line).group(1).lower() for line in lines if line and not line.startswith("-")}


def unexplained(packages, text):
    explained = {
        name.lower() for line in text.splitlines() if line.startswith("|") for name in re.findall(r"`([^`]+)`", line.split("|")[1])
    }
    return packages - explained


def test_every_command_is_documented(guide):
    assert [command for command in commands_of(main, ["tongdian"]) if command not in guide] == []


def test_every_setting_is_documented(sources, guide):
    read = set().union(*(settings_in(path.read_text(encoding="utf-8")) for path in sources)) - {"TONGDIAN_NAME"}
    assert read - settings_in(guide) == set()


def test_every_documented_setting_exists(sources, guide):
    read = set().union(*(settings_in(path.read_text(encoding="utf-8")) for path in sources))
    assert settings_in(guide) - read == set()


def test_every_dependency_has_its_reason(root):
    text = (root / "docs" / "decisions" / "dependencies.md").read_text(encoding="utf-8")
    wanted = set().union(*(packages_in(path.read_text(encoding="utf-8")) for path in root.glob("requirements*.in")))
    assert unexplained(wanted, text) == set()


def test_a_dependency_without_a_reason_is_noticed():
    assert unexplained(packages_in("click\nleft-pad>=1  # why\n-r other.in\n"), "| `click` | the command line |") == {"left-pad"}


def test_a_setting_is_recognised():
    assert settings_in('os.environ["TONGDIAN_DATA_DIR"] or TONGDIAN_*') == {"TONGDIAN_DATA_DIR"}


def test_the_commands_of_a_group_are_found():
    @click.group()
    def group():
        pass

    @group.command()
    def verify():
        pass

    assert list(commands_of(group, ["journal"])) == ["journal verify"]
