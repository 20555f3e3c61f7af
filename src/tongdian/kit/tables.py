"""
The tables that are shipped with the program.
"""

import csv
import io
from importlib.resources import files
from importlib.resources.abc import Traversable


def data_file(name: str) -> Traversable:
    """
    Return a shipped file by its path under ``data/``.
    """
    return files("tongdian").joinpath("data", *name.split("/"))


def read_table(name: str) -> tuple[dict[str, str], ...]:
    """
    Return the rows of a shipped CSV table (UTF-8, column names in the first row).
    """
    return tuple(csv.DictReader(io.StringIO(data_file(name).read_text(encoding="utf-8"), newline="")))
