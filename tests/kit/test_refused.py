"""
A refusal comes back from a worker's process as it was raised there.
"""

import pickle

from tongdian.engines.tariff._curve import UnusableCurve
from tongdian.kit.refused import Refused


class Cold(Refused):
    """
    A refusal of a kind of its own.
    """


def test_a_refusal_survives_the_way_between_processes():
    back = pickle.loads(pickle.dumps(Cold("It is %(degrees)s degrees.", degrees=-3)))
    assert (type(back), str(back), back.values) == (Cold, "It is -3 degrees.", {"degrees": -3})


def test_so_does_one_with_more_to_tell():
    back = pickle.loads(pickle.dumps(UnusableCurve("no curve", faults=[(2, "empty")])))
    assert (str(back), back.faults) == ("no curve", ((2, "empty"),))
