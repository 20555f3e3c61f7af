"""
The `tongdian` command line.
"""

import click


@click.group()
def main() -> None:
    """
    Tongdian 通电: from what people ask to power that is on.
    """
