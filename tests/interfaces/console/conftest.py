import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session", autouse=True)
def _compiled_messages():
    """
    The Chinese catalogue as Django reads it, newer than its source.
    """
    sys.path.insert(0, str(ROOT / "tools"))
    import messages

    compiled = messages.CATALOGUE.with_suffix(".mo")
    if not compiled.exists() or compiled.stat().st_mtime < messages.CATALOGUE.stat().st_mtime:
        messages.compile_catalogue()
