"""
Tokens on the command line.
"""

import pytest
from click.testing import CliRunner

from tongdian.apps.people.models import Token
from tongdian.interfaces.commands.token import token

pytestmark = pytest.mark.django_db


def run(*arguments):
    return CliRunner().invoke(token, [*arguments, "--as", "administrator"])


def test_a_token_is_issued_listed_and_revoked(administrator, cell_manager):
    issued = run("create", "cell_manager", "--title", "hotline", "--scope", "demands:write", "--scope", "demands:read")
    assert issued.exit_code == 0, issued.output
    number = Token.objects.get().number
    assert f"td_{number}_" in issued.stdout
    assert issued.stdout.strip().rpartition("_")[2] not in str(Token.objects.values().get())
    listed = run("list").output
    assert number in listed
    assert "demands:read,demands:write" in listed
    assert run("revoke", number).exit_code == 0
    assert Token.objects.get().revoked_at is not None


@pytest.mark.parametrize(
    "wrong",
    [
        ["nobody", "--scope", "demands:read"],
        ["cell_manager", "--scope", "everything"],
        ["cell_manager", "--scope", "demands:read", "--days", "400"],
    ],
)
def test_a_token_that_cannot_be_is_not_issued(administrator, cell_manager, wrong):
    assert run("create", *wrong, "--title", "x").exit_code != 0
    assert not Token.objects.exists()


def test_the_only_administrator_need_not_be_named(administrator, cell_manager):
    asked = ["create", "cell_manager", "--title", "x", "--scope", "demands:read"]
    assert CliRunner().invoke(token, asked).exit_code == 0
    assert Token.objects.count() == 1


def test_one_of_several_administrators_has_to_be_named(administrator, cell_manager, hire):
    hire("administrator", "second")
    refused = CliRunner().invoke(token, ["create", "cell_manager", "--title", "x", "--scope", "demands:read"])
    assert refused.exit_code != 0
    assert "administrator, second" in str(refused.exception.values)


def test_without_an_administrator_the_way_to_one_is_told(cell_manager):
    refused = CliRunner().invoke(token, ["list"])
    assert "init" in str(refused.exception)
