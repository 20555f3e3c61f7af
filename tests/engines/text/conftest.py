from datetime import datetime

import pytest

from tongdian.engines.text import Demand, load_corpus, train

FEW = ("unplanned_outage", "tree_conflict", "invoice", "low_voltage", "ev_charger_connection", "shock_or_fire")


@pytest.fixture(scope="session")
def examples():
    """Six categories of the written corpus: enough to tell apart, quick to learn."""
    return tuple(example for example in load_corpus() if example.category in FEW)


@pytest.fixture(scope="session")
def model(examples):
    return train(examples)


@pytest.fixture(scope="session")
def doubting_model(examples):
    """The same, and what was said to other offices."""
    return train([*examples, *(example for example in load_corpus() if example.elsewhere is not None)])


@pytest.fixture
def say():
    """A demand of Qinhuai district, numbered in the order it was made."""
    count = iter(range(1, 1000))

    def make(text, place="", at="2021-05-10 20:00", city="南京", county="秦淮区"):
        return Demand(id=f"D{next(count)}", text=text, reported_at=at and datetime.fromisoformat(at), city=city, county=county, place=place)

    return make
