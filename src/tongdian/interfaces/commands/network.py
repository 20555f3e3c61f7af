"""
`tongdian network`: the network that plans are made on.
"""

from pathlib import Path

import click


@click.group(help="The network that plans are made on.")
def network() -> None:
    """
    Group of the network's commands.
    """


@network.command("import", help="Import a pandapower JSON network (plain or gzipped) as the current one.")
@click.argument("document", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--title", required=True, help="Name shown on every plan.")
@click.option("--attribution", default="", help="Source and licence, shown on every page of a plan.")
@click.option("--seed", default=2021, show_default=True, help="Seed of the synthetic year for loads without profiles.")
@click.option("--year", default=2021, show_default=True)
@click.option("--as", "username", default="planner", show_default=True, help="Login name of the person who imports.")
def import_(document: Path, title: str, attribution: str, seed: int, year: int, username: str) -> None:
    """
    Import the document; the same again changes nothing.
    """
    from django.utils import timezone
    from django.utils.translation import gettext as _

    from tongdian.apps.network.actions import import_network
    from tongdian.apps.people import queries as people

    model = import_network(
        actor=people.get_actor(username=username),
        title=title,
        document=document.read_bytes(),
        attribution=attribution,
        seed=seed,
        year=year,
        now=people.get_now(now=timezone.now()),
    )
    click.echo(
        _("%(title)s is the current network, fingerprint %(fingerprint)s.") % {"title": model.name, "fingerprint": model.fingerprint[:16]}
    )


@network.command("ring", help="Build the synthetic 10 kV ring above the current network, for applications above 160 kW or at 10 kV.")
@click.option("--seed", default=2021, show_default=True, help="Decides where the substation stands.")
@click.option("--as", "username", default="planner", show_default=True, help="Login name of the person who builds.")
def ring(seed: int, username: str) -> None:
    """
    Build the ring; the same again changes nothing.
    """
    from django.utils import timezone
    from django.utils.translation import gettext as _

    from tongdian.apps.network import queries
    from tongdian.apps.network.actions import build_ring
    from tongdian.apps.people import queries as people

    model = build_ring(
        actor=people.get_actor(username=username),
        network_id=queries.get_current_network().pk,
        seed=seed,
        now=people.get_now(now=timezone.now()),
    )
    click.echo(
        _("%(title)s is the current 10 kV network, synthetic, fingerprint %(fingerprint)s.")
        % {"title": model.name, "fingerprint": model.fingerprint[:16]}
    )
