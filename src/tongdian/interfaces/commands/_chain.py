"""
Looks at the database of another data folder, in a process of its own: `python -m tongdian.interfaces.commands._chain`.

The folder is given by TONGDIAN_DATA_DIR. Prints one line of JSON.
"""

import json

from tongdian.interfaces.commands._group import set_up_django


def look() -> dict[str, object]:
    """
    Return what a snapshot's manifest says of a database: whether it is whole, its migrations and its journal.
    """
    set_up_django()
    from django.apps import apps
    from django.db import connection

    from tongdian.interfaces.commands._checks import list_pending_migrations, list_unknown_migrations

    with connection.cursor() as cursor:
        integrity = [row[0] for row in cursor.execute("PRAGMA integrity_check").fetchall()]
        orphans = len(cursor.execute("PRAGMA foreign_key_check").fetchall())
    found: dict[str, object] = {"integrity": integrity, "orphans": orphans, "unknown_migrations": list_unknown_migrations()}
    if apps.is_installed("tongdian.apps.journal") and not any(name.startswith("journal.") for name in list_pending_migrations()):
        from tongdian.apps.journal.queries import verify_chain

        report = verify_chain()
        found["journal"] = {"entries": report.count, "head": report.head_hash, "breaks": [found.sequence for found in report.breaks]}
    return found


if __name__ == "__main__":
    print(json.dumps(look()))
