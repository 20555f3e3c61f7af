"""
Tokens: how a program speaks for a user. The secret is 256 random bits, shown once; what is kept is its SHA-256.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import events, queries
from tongdian.apps.people.models import Token, User
from tongdian.apps.people.rules import SCOPES
from tongdian.kit.refused import N_, Refused

PREFIX = "td"
NUMBER_BYTES, SECRET_BYTES = 4, 32
LONGEST_DAYS = 366


class UnusableToken(Refused):
    """
    Such a token cannot be issued, or there is none.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """
    Who speaks by a token, and within which scopes.
    """

    actor: Actor
    username: str
    scopes: frozenset[str]


@transaction.atomic
def issue_token(*, actor: Actor, username: str, title: str, scopes: Sequence[str], valid_until: date, now: datetime) -> tuple[Token, str]:
    """
    Issue a token for a user; return it and its secret, which nobody can read again.

    :raises UnusableToken: if nobody active has the login name, a scope is unknown, or the last day is none within a year
    """
    queries.require(actor, "issue_token")
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise UnusableToken(N_("There is nobody with the login name %(username)s."), username=username)
    if not title.strip() or not scopes or set(scopes) - set(SCOPES):
        raise UnusableToken(N_("Say what the token is for and which scopes it has: %(scopes)s."), scopes=", ".join(SCOPES))
    if not 0 <= (valid_until - timezone.localdate(now)).days <= LONGEST_DAYS:
        raise UnusableToken(N_("A token ends within a year: choose a last day from today on."))
    secret = secrets.token_urlsafe(SECRET_BYTES)
    token = Token.objects.create(
        number=secrets.token_hex(NUMBER_BYTES),
        title=title.strip()[:80],
        user=user,
        scopes=sorted(set(scopes)),
        secret_sha256=_digest(secret),
        created_at=now,
        valid_until=valid_until,
    )
    values = {
        "token": token.number,
        "user": str(user.pk),
        "scopes": ", ".join(token.scopes),
        "valid_until": valid_until.isoformat(),
    }
    journal.record(actor=actor, kind=events.TOKEN_ISSUED, subject=token, now=now, values=values)
    return token, f"{PREFIX}_{token.number}_{secret}"


@transaction.atomic
def revoke_token(*, actor: Actor, number: str, now: datetime) -> Token:
    """
    End a token at once; ending it again changes nothing.

    :raises UnusableToken: if there is none with this number
    """
    queries.require(actor, "issue_token")
    token = Token.objects.filter(number=number).first()
    if token is None:
        raise UnusableToken(N_("There is no token %(number)s."), number=number)
    if token.revoked_at is None:
        token.revoked_at = now
        token.save(update_fields=["revoked_at"])
        journal.record(actor=actor, kind=events.TOKEN_REVOKED, subject=token, now=now, values={"token": number})
    return token


def use_token(*, text: str, now: datetime) -> Grant | None:
    """
    Return who speaks by a token, None if it is none, has ended, or its user may not log in. The day of its last use is noted.
    """
    prefix, _, rest = text.partition("_")
    number, _, secret = rest.partition("_")
    token = Token.objects.select_related("user").filter(number=number).first() if prefix == PREFIX else None
    known = token.secret_sha256 if token else _digest("")
    is_same = hmac.compare_digest(known, _digest(secret))
    today = timezone.localdate(now)
    if token is None or not is_same or token.revoked_at is not None or token.valid_until < today or not token.user.is_active:
        return None
    if token.last_used_on != today:
        Token.objects.filter(pk=token.pk).update(last_used_on=today)
    return Grant(actor=token.user.as_actor(), username=token.user.get_username(), scopes=frozenset(token.scopes))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
