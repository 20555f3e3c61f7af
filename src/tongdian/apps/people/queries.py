"""
Who is who, what time it is here, and the one permission check.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils import timezone

from tongdian.apps.journal.events import Actor
from tongdian.apps.people import rules
from tongdian.apps.people.models import Customer, Installation, Mandate, Team, Token, User
from tongdian.kit.refused import N_, Refused


class NotAllowed(Refused):
    """
    The actor's role does not include this action.
    """


class UnknownCustomer(Refused):
    """
    There is no customer with this reference.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationView:
    """
    What every page shows of the installation.
    """

    name: str
    is_demo: bool
    today: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateLine:
    """
    Who may act for a customer, in what, until when.
    """

    number: str
    agent: str
    actions: tuple[str, ...]
    granted_at: datetime
    valid_until: date
    consent_sha256: str
    is_valid: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UserLine:
    """
    Somebody who works here.
    """

    id: int
    username: str
    display_name: str
    role: str
    is_active: bool
    last_login: datetime | None
    teams: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamLine:
    """
    A team as lists show it.
    """

    id: int
    name: str
    kind: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLine:
    """
    A token as lists show it.
    """

    number: str
    title: str
    username: str
    scopes: tuple[str, ...]
    valid_until: date
    last_used_on: date | None
    is_revoked: bool


def require(actor: Actor, action: str, *, customer: Customer | None = None) -> None:
    """
    Check that the actor may do the action; a customer only where the case is his own.

    :raises NotAllowed: otherwise
    """
    is_own = customer is not None and customer.belongs_to(actor)
    if not rules.may(actor.role, action, is_own=is_own):
        raise NotAllowed(
            N_("Your role does not allow this step (%(action)s). Ask somebody of: %(roles)s."),
            action=action,
            roles=", ".join(sorted(rules.PERMISSIONS[action])),
        )


def act_for(actor: Actor, action: str, *, customer: Customer, now: datetime) -> Actor:
    """
    Check that the actor may do an action of a customer's, and return him as the one who acts: by mandate, both are named.

    A mandate goes before a right of the role: what is done for somebody who asked for it says so.

    :raises NotAllowed: if it is neither his own, nor his role's, nor mandated
    """
    if not customer.belongs_to(actor):
        held = Mandate.objects.filter(customer=customer, agent_id=int(actor.id) if actor.id.isdigit() else None, revoked_at__isnull=True)
        for mandate in held.filter(granted_at__lte=now, valid_until__gte=timezone.localdate(now)):
            if action in mandate.actions:
                return replace(actor, on_behalf_of=f"{customer.reference} {mandate.number}")
    require(actor, action, customer=customer)
    return actor


def list_mandates(*, actor: Actor, customer: Customer, now: datetime) -> tuple[MandateLine, ...]:
    """
    Return who may act for a customer, the newest first.
    """
    require(actor, "view_case", customer=customer)
    today = timezone.localdate(now)
    return tuple(
        MandateLine(
            number=row.number,
            agent=row.agent.display_name,
            actions=tuple(row.actions),
            granted_at=row.granted_at,
            valid_until=row.valid_until,
            consent_sha256=row.consent_sha256,
            is_valid=row.revoked_at is None and row.valid_until >= today,
        )
        for row in Mandate.objects.filter(customer=customer).select_related("agent")
    )


def list_users(*, actor: Actor) -> tuple[UserLine, ...]:
    """
    Return who works here, by role and name; customers are not listed.
    """
    require(actor, "view_people")
    staff = User.objects.exclude(role=rules.Role.CUSTOMER).prefetch_related("teams").order_by("role", "display_name")
    return tuple(
        UserLine(
            id=row.pk,
            username=row.username,
            display_name=row.display_name,
            role=row.role,
            is_active=row.is_active,
            last_login=row.last_login,
            teams=tuple(team.name for team in row.teams.all()),
        )
        for row in staff
    )


def is_known_user(*, username: str) -> bool:
    """
    Return whether a login name is taken.
    """
    return User.objects.filter(username=username).exists()


def list_teams() -> tuple[TeamLine, ...]:
    """
    Return all teams with their members.
    """
    return tuple(
        TeamLine(id=row.pk, name=row.name, kind=row.kind, members=tuple(user.display_name for user in row.members.all()))
        for row in Team.objects.prefetch_related("members")
    )


def get_customer(*, reference: str) -> Customer:
    """
    Return a customer by reference.

    :raises UnknownCustomer: if there is none
    """
    customer = Customer.objects.filter(reference=reference).first()
    if customer is None:
        raise UnknownCustomer(N_("There is no customer %(reference)s. Register the customer first."), reference=reference)
    return customer


def get_installation(*, now: datetime) -> InstallationView:
    """
    Return the installation as pages show it; ``now`` is the machine's clock.
    """
    installation = Installation.objects.filter(pk=1).first() or Installation()
    return InstallationView(name=installation.name, is_demo=installation.is_demo, today=_moment(installation, now))


def get_now(*, now: datetime) -> datetime:
    """
    Return the moment it is in this installation: a demonstration runs on from its own date.
    """
    return _moment(Installation.objects.filter(pk=1).first() or Installation(), now)


def list_names(*, ids: Iterable[str]) -> dict[str, str]:
    """
    Return the display names of users by identifier, as the journal gives them.
    """
    numbers = [int(identifier) for identifier in set(ids) if identifier.isdigit()]
    return {str(pk): name for pk, name in User.objects.filter(pk__in=numbers).values_list("pk", "display_name")}


def get_actor(*, username: str) -> Actor:
    """
    Return a user as actor by login name; without a name the administrator, if there is exactly one.

    :raises NotAllowed: if there is no such active user, or nobody is named and there are several administrators or none
    """
    if not username:
        return _get_only_administrator()
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise NotAllowed(N_("There is no active user %(username)s."), username=username)
    return user.as_actor()


def _get_only_administrator() -> Actor:
    found = list(User.objects.filter(role="administrator", is_active=True).order_by("username")[:5])
    if not found:
        raise NotAllowed(N_("There is no active administrator. Make one with: tongdian init FOLDER"))
    if len(found) > 1:
        names = ", ".join(user.username for user in found)
        raise NotAllowed(N_("There are several administrators (%(names)s). Say which one acts: --as NAME"), names=names)
    return found[0].as_actor()


def list_actors() -> tuple[Actor, ...]:
    """
    Return everybody who can log in, as actors.
    """
    return tuple(user.as_actor() for user in User.objects.filter(is_active=True).order_by("pk"))


def get_mail(*, actor: Actor) -> tuple[str, str]:
    """
    Return the actor's mail address, empty if he wants no mail, and the language of his mails.
    """
    user = User.objects.filter(pk=actor.id).first()
    return (user.email, user.language) if user else ("", "")


def _moment(installation: Installation, now: datetime) -> datetime:
    if installation.moment is None or installation.moment_set_at is None:
        return now
    return installation.moment + (now - installation.moment_set_at)


def list_tokens(*, actor: Actor) -> tuple[TokenLine, ...]:
    """
    Return every token, the oldest first; never its secret.
    """
    require(actor, "issue_token")
    return tuple(
        TokenLine(
            number=token.number,
            title=token.title,
            username=token.user.get_username(),
            scopes=tuple(token.scopes),
            valid_until=token.valid_until,
            last_used_on=token.last_used_on,
            is_revoked=token.revoked_at is not None,
        )
        for token in Token.objects.select_related("user")
    )
