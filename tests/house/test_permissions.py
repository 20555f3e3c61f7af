"""
Permissions stand in one place, and each is asked for.
"""

import re

from tongdian.apps.people.rules import PERMISSIONS

ASKED = re.compile(r"""(?:require|may)\(\s*[\w.]+,\s*"(\w+)\"""")


def permissions_in(text):
    return set(ASKED.findall(text))


def test_every_permission_is_asked_for_and_every_one_asked_for_exists(sources):
    asked = set().union(*(permissions_in(path.read_text(encoding="utf-8")) for path in sources))
    assert asked == set(PERMISSIONS)


def test_a_permission_in_code_is_seen():
    assert permissions_in('people.require(actor, "fly", customer=x)\nmay(actor.role, "swim")') == {"fly", "swim"}
