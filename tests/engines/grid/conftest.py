"""
What several tests of the grid engine ask for.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest


@pytest.fixture
def inline():
    return lambda: ThreadPoolExecutor(1)
