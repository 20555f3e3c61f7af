"""
Every message of the program has its Chinese, with the same places.
"""

import pytest
from babel.messages.catalog import Catalog


@pytest.fixture(scope="module")
def messages(tool):
    return tool("messages")


def catalogue(*pairs):
    made = Catalog(locale="zh_Hans")
    for message, string in pairs:
        made.add(message, string)
    return made


def test_the_chinese_catalogue_is_complete(messages):
    assert list(messages.find_gaps(messages.read_catalogue(), messages.find_messages())) == []


@pytest.mark.parametrize(
    ("kept", "gap"),
    [
        (catalogue(), "missing"),
        (catalogue(("%(count)s days", "")), "not translated"),
        (catalogue(("%(count)s days", "好几天")), "other places"),
        (catalogue(("%(count)s days", "%(number)s 天")), "other places"),
        (catalogue(("%(count)s days", "%(count)s 天"), ("Old", "旧")), "no longer used"),
    ],
)
def test_a_gap_is_noticed(messages, kept, gap):
    (found,) = messages.find_gaps(kept, catalogue(("%(count)s days", None)))
    assert found.startswith(gap)


def test_messages_are_found_in_python_and_templates(messages, tmp_path):
    (tmp_path / "a.py").write_text('x = N_("Marked")\ny = gettext_lazy("Lazy")\nz = ngettext("one", "many", 2)\n')
    (tmp_path / "b.html").write_text("{% load i18n %}{% translate 'Plain' %}{% blocktranslate %}In {{ place }}{% endblocktranslate %}")
    found = {message.id for message in messages.find_messages(tmp_path) if message.id}
    assert found == {"Marked", "Lazy", ("one", "many"), "Plain", "In %(place)s"}


def test_what_the_command_line_says_of_itself_is_found(messages, tmp_path):
    room = tmp_path / "interfaces" / "commands"
    room.mkdir(parents=True)
    (room / "a.py").write_text('@click.command(help="Fly away.")\n@click.option("--high", help=f"not {this}")\ndef fly(): ...\n')
    assert {message.id for message in messages.find_messages(tmp_path) if message.id} == {"Fly away."}
