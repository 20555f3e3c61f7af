"""
`tongdian serve`: the console, served by gunicorn with its static files.
"""

import os
import socket
import sys
from pathlib import Path

import click

from tongdian.kit.refused import N_, Refused

WORKERS = 2
THREADS = 4
TIMEOUT_S = 120  # a supply plan over a whole year may be asked for in a page


class NoDatabase(Refused):
    """
    There is no database to serve.
    """


class DatabaseBehind(Refused):
    """
    The database has the shape of an older version of the program.
    """


class AddressTaken(Refused):
    """
    Somebody else listens at the address.
    """


@click.command(help="Serve the console. Put a web server with TLS before it to serve others than yourself (docs/guide/administrator.md).")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=WORKERS, show_default=True, type=click.IntRange(1, 64), help="Processes.")
@click.option("--access-log", is_flag=True, help="Print every request.")
@click.option("--no-worker", is_flag=True, help="Start no worker for background jobs; run tongdian work yourself.")
def serve(host: str, port: int, workers: int, *, access_log: bool, no_worker: bool) -> None:
    """
    Check what serving needs, then become gunicorn.
    """
    from django.conf import settings
    from django.db import connections
    from django.utils.translation import gettext as _

    from tongdian.interfaces.commands import _serving
    from tongdian.interfaces.commands.work import start_worker

    _require_database()
    _require_address(host, port)
    connections.close_all()  # the processes that serve open their own
    _serving.hold(Path(settings.DATA_DIR))
    click.echo(_("Serving on http://%(address)s – end with Ctrl-C.") % {"address": f"{host}:{port}"})
    sys.stdout.flush()
    if not no_worker:
        start_worker("--keep")
    command = [sys.executable, "-m", "gunicorn", "tongdian.server.wsgi:application", "--bind", f"{host}:{port}"]
    command += ["--workers", str(workers), "--threads", str(THREADS), "--timeout", str(TIMEOUT_S), "--log-level", "warning"]
    if access_log:
        command += ["--access-logfile", "-"]
    os.execv(sys.executable, command)  # noqa: S606 - the program itself, without a shell


def _require_database() -> None:
    from tongdian.interfaces.commands._checks import find_database, list_pending_migrations

    path = find_database()
    if path is not None and not path.exists():
        raise NoDatabase(N_("There is no database at %(path)s. Run: make demo, or tongdian init FOLDER"), path=path)
    if pending := list_pending_migrations():
        raise DatabaseBehind(N_("The database is %(count)s migrations behind this program. Run: tongdian migrate"), count=len(pending))


def _require_address(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise AddressTaken(
                N_("%(host)s:%(port)s cannot be listened at (%(reason)s). Choose another: tongdian serve --port %(other)s"),
                host=host,
                port=port,
                reason=error.strerror,
                other=port + 1 if port < 65535 else 8000,  # noqa: PLR2004 - the last port there is
            ) from error
