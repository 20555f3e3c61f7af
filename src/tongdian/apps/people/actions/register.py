"""
Registering people, teams and the installation.
"""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from tongdian.apps.journal import actions as journal
from tongdian.apps.journal.events import Actor
from tongdian.apps.people import events, queries
from tongdian.apps.people.models import Customer, Installation, Team, User
from tongdian.apps.people.rules import Role
from tongdian.kit.refused import N_, Refused


class UnknownRole(Refused):
    """
    The role does not exist.
    """


class UnknownUser(Refused):
    """
    There is no such user.
    """


class OwnLogin(Refused):
    """
    Nobody locks himself out.
    """


class NoMailAddress(Refused):
    """
    Nobody can be reached there.
    """


class UnknownTeam(Refused):
    """
    The team cannot be formed as it is described.
    """


@transaction.atomic
def register_user(*, actor: Actor, username: str, display_name: str, role: str, password: str | None, now: datetime) -> User:
    """
    Register a user once; a second call with the same username returns the user unchanged.

    :param password: None for somebody who cannot log in
    :raises UnknownRole: if the role does not exist
    """
    queries.require(actor, "register_user")
    if role not in set(Role) - {Role.PUBLIC, Role.SYSTEM}:
        raise UnknownRole(N_("There is no role %(role)s. Choose one of: %(roles)s."), role=role, roles=", ".join(Role))
    if known := User.objects.filter(username=username).first():
        return known
    user = User(username=username, display_name=display_name, role=role)
    user.set_password(password)
    user.save()
    journal.record(actor=actor, kind=events.USER_REGISTERED, subject=user, now=now, values={"role": role})
    return user


@transaction.atomic
def switch_user(*, actor: Actor, user_id: int, is_active: bool, now: datetime) -> User:
    """
    Let somebody log in no more, or again; nothing of what he did is touched. Doing it twice changes nothing.

    :raises UnknownUser: if there is none
    :raises OwnLogin: if it is the actor's own
    """
    queries.require(actor, "register_user")
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise UnknownUser(N_("There is no user %(id)s."), id=user_id)
    if str(user.pk) == actor.id:
        raise OwnLogin(N_("You cannot switch off your own login."))
    if user.is_active != is_active:
        user.is_active = is_active
        user.save(update_fields=["is_active"])
        kind = events.USER_SWITCHED_ON if is_active else events.USER_SWITCHED_OFF
        journal.record(actor=actor, kind=kind, subject=user, now=now)
    return user


@transaction.atomic
def set_mail(*, actor: Actor, address: str, language: str, now: datetime) -> None:
    """
    Let the actor have his notices by mail, too, in a language; an empty address ends it. The journal keeps no address.

    :raises NoMailAddress: if the address is none
    """
    user = User.objects.filter(pk=actor.id).first()
    if user is None:
        raise UnknownUser(N_("There is no user %(id)s."), id=actor.id)
    given = address.strip()
    try:
        if given:
            validate_email(given)
    except ValidationError:
        raise NoMailAddress(N_("“%(address)s” is no mail address."), address=given) from None
    if (user.email, user.language) != (given, language):
        user.email, user.language = given, language
        user.save(update_fields=["email", "language"])
        journal.record(actor=actor, kind=events.USER_MAIL_SET, subject=user, now=now, values={"wants_mail": bool(given)})


@transaction.atomic
def register_customer(
    *, actor: Actor, reference: str, kind: str, name: str, phone: str, now: datetime, user: User | None = None
) -> Customer:
    """
    Register a customer once; a second call with the same reference returns the customer unchanged.
    """
    queries.require(actor, "register_customer")
    if known := Customer.objects.filter(reference=reference).first():
        return known
    customer = Customer.objects.create(reference=reference, kind=kind, name=name, phone=phone, user=user)
    sealed = {field: journal.seal(subject=customer, field=field, value=value) for field, value in (("name", name), ("phone", phone))}
    journal.record(actor=actor, kind=events.CUSTOMER_REGISTERED, subject=customer, now=now, values={"reference": reference, **sealed})
    return customer


@transaction.atomic
def set_installation(*, actor: Actor, title: str, is_demo: bool, moment: datetime | None, now: datetime) -> None:
    """
    Name the installation; a demonstration is given the moment at which it lives.
    """
    queries.require(actor, "set_installation")
    installation, _ = Installation.objects.update_or_create(
        pk=1,
        defaults={"name": title, "is_demo": is_demo, "moment": moment, "moment_set_at": now if moment else None},
    )
    journal.record(actor=actor, kind=events.INSTALLATION_SET, subject=installation, now=now, values={"is_demo": is_demo})


@transaction.atomic
def form_team(*, actor: Actor, title: str, kind: str, members: Sequence[str], now: datetime) -> Team:
    """
    Form a team once; a second call with the same name adds who is not in it yet.

    :param members: login names
    :raises UnknownTeam: if its kind does not exist, or a member is nobody here
    """
    queries.require(actor, "form_team")
    if kind not in Team.Kind.values or not title.strip():
        raise UnknownTeam(
            N_("There is no team of the kind %(kind)s. Choose one of: %(kinds)s."), kind=kind, kinds=", ".join(Team.Kind.values)
        )
    users = {user.username: user for user in User.objects.filter(username__in=members)}
    if missing := [username for username in members if username not in users]:
        raise UnknownTeam(N_("There is nobody with the login name %(username)s."), username=missing[0])
    team, is_new = Team.objects.get_or_create(name=title.strip(), defaults={"kind": kind})
    joined = [user for user in users.values() if not team.members.filter(pk=user.pk).exists()]
    team.members.add(*joined)
    if is_new or joined:
        values = {"team": team.name, "members": [str(user.pk) for user in joined]}
        journal.record(actor=actor, kind=events.TEAM_FORMED, subject=team, now=now, values=values)
    return team
