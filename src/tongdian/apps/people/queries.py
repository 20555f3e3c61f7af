"""
Who is who, what time it is here, and the one permission check.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tongdian.apps.journal.events import Actor
from tongdian.apps.people import rules
from tongdian.apps.people.models import Customer, Installation, User
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
    Return a user as actor by login name.

    :raises NotAllowed: if there is no such active user
    """
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise NotAllowed(N_("There is no active user %(username)s."), username=username)
    return user.as_actor()


def _moment(installation: Installation, now: datetime) -> datetime:
    if installation.moment is None or installation.moment_set_at is None:
        return now
    return installation.moment + (now - installation.moment_set_at)
