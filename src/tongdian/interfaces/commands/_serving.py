"""
A lock that says: this data folder is being served. It lives as long as any of the serving processes.
"""

import os
from pathlib import Path

LOCK = "serving.lock"


def hold(folder: Path) -> None:
    """
    Take the lock for this process and all that come after it: gunicorn inherits it.
    """
    import fcntl

    descriptor = os.open(folder / LOCK, os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    os.set_inheritable(descriptor, True)


def is_served(folder: Path) -> bool:
    """
    Return whether somebody serves the folder.
    """
    import fcntl

    if not (folder / LOCK).exists():
        return False
    descriptor = os.open(folder / LOCK, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
