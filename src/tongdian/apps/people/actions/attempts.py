"""
Counting tries in vain, so that nobody guesses a password or a phone number to its end.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from tongdian.apps.people.models import Attempt

LOCKED_FOR = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)


def hash_key(kind: str, *values: str) -> str:
    """
    Return the key under which tries are counted: only a hash is kept, and for a day.
    """
    return hashlib.sha256("\0".join((kind, *values)).encode()).hexdigest()


@transaction.atomic
def is_locked(*, keys: Mapping[str, int], now: datetime) -> bool:
    """
    Return whether one of the keys is locked; forget what is older than a day.

    :param keys: each key with the failures that lock it
    """
    Attempt.objects.filter(tried_at__lt=now - FORGOTTEN_AFTER).delete()
    return Attempt.objects.filter(key__in=keys, locked_until__gt=now).exists()


@transaction.atomic
def count_failure(*, keys: Mapping[str, int], now: datetime) -> None:
    """
    Count one try in vain under every key; the one that is its last locks the key for a quarter of an hour.
    """
    for key, most in keys.items():
        attempt, _ = Attempt.objects.select_for_update().get_or_create(key=key, defaults={"tried_at": now})
        if attempt.locked_until is not None and attempt.locked_until <= now:  # a lock that has run out: counting starts anew
            attempt.failures, attempt.locked_until = 0, None
        attempt.failures += 1
        attempt.tried_at = now
        if attempt.failures >= most:
            attempt.locked_until = now + LOCKED_FOR
        attempt.save()


def forget_failures(*, key: str) -> None:
    """
    Begin anew for one key, because its try succeeded.
    """
    Attempt.objects.filter(key=key).delete()
