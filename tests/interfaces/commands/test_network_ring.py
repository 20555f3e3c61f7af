import pytest
from click.testing import CliRunner
from tests.apps.plans.conftest import village_document

from tongdian.apps.network.actions import import_network
from tongdian.apps.network.models import NetworkModel
from tongdian.interfaces.commands import main

pytestmark = pytest.mark.django_db


def test_the_ring_is_built_above_the_current_network(planner, now):
    village = import_network(actor=planner, title="village", document=village_document(), attribution="", seed=1, year=2021, now=now)
    shown = CliRunner().invoke(main, ["network", "ring", "--seed", "3"])
    assert shown.exit_code == 0, shown.output
    ring = NetworkModel.objects.get(voltage="high")
    assert ring.derived_from_id == village.pk
    assert ring.fingerprint[:16] in shown.output
    again = CliRunner().invoke(main, ["network", "ring", "--seed", "3"])
    assert (again.exit_code, NetworkModel.objects.filter(voltage="high").count()) == (0, 1)


def test_without_a_network_there_is_nothing_to_build_above(planner):
    shown = CliRunner().invoke(main, ["network", "ring"])
    assert shown.exit_code != 0
