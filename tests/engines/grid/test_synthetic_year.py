import numpy as np
import pytest
from tests.engines.grid.documents import two_buses

from tongdian.engines import grid


@pytest.fixture(scope="module")
def year():
    return grid.synthetic_year(grid.read_pandapower(two_buses()), seed=7)


def test_the_same_seed_gives_the_same_year_and_another_does_not(year):
    from tongdian.engines.grid._town import synthetic as _synthetic

    _synthetic.class_profiles.cache_clear()
    again = grid.synthetic_year(grid.read_pandapower(two_buses()), seed=7)
    assert again.fingerprint() == year.fingerprint()
    assert grid.synthetic_year(grid.read_pandapower(two_buses()), seed=8).fingerprint() != year.fingerprint()


def test_a_year_has_every_quarter_of_an_hour_and_says_that_it_is_synthetic(year):
    assert (year.profiles.steps, year.profiles.step_minutes) == (35_040, 15)
    assert "synthetic" in year.profiles.label
    assert grid.moment(year.profiles, 35_039).isoformat() == "2021-12-31T23:45:00"


def test_the_mean_of_every_class_peaks_at_one(year):
    by_class = year.profiles.p.reshape(6, -1, year.profiles.steps).mean(axis=1)
    assert by_class.max(axis=1) == pytest.approx(np.ones(6))
    assert (year.profiles.p > 0).all()


def test_households_peak_on_a_summer_evening(year):
    households = year.profiles.p[:8].mean(axis=0)
    peak = grid.moment(year.profiles, int(households.argmax()))
    assert peak.month in {6, 7, 8}
    assert 17 <= peak.hour <= 22


def test_neighbours_differ():
    import gzip

    from tongdian.kit.tables import data_file

    network = grid.synthetic_year(grid.read_pandapower(gzip.decompress(data_file("networks/lv_schutterwald.json.gz").read_bytes())), seed=7)
    classes = {
        name: set(network.loads.profile[[own == name for own in network.loads.customer_class]].tolist())
        for name in ("household", "heat_pump")
    }
    assert classes == {"household": set(range(8)), "heat_pump": set(range(24, 32))}
