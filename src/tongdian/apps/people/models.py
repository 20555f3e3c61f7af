from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from tongdian.apps.journal.events import Actor
from tongdian.apps.people.rules import ROLE_NAMES, Role


class User(AbstractUser):
    """
    Somebody who logs in: staff in exactly one role, or a customer. ``email`` is empty unless he asked for mail himself.
    """

    display_name = models.CharField(max_length=80)
    language = models.CharField(max_length=10, blank=True)  # of his mails; pages follow the browser
    role = models.CharField(max_length=32, choices=[(role.value, ROLE_NAMES[role]) for role in Role])

    def as_actor(self) -> Actor:
        """
        Return the user as the one who acts.
        """
        return Actor(id=str(self.pk), role=self.role)


class Customer(models.Model):
    """
    Somebody who asks for power: a resident, a community or an enterprise.
    """

    class Kind(models.TextChoices):
        RESIDENTS = "residents"
        COMMUNITY = "community"
        ENTERPRISE = "enterprise"

    reference = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=16, choices=Kind)
    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=32, blank=True)
    user = models.OneToOneField(User, null=True, blank=True, on_delete=models.PROTECT, related_name="customer")

    def __str__(self) -> str:
        return self.reference

    def belongs_to(self, actor: Actor) -> bool:
        """
        Return whether the actor is this customer.
        """
        return self.user_id is not None and str(self.user_id) == actor.id


class Team(models.Model):
    """
    People who go out together: a service, shock or safety team, or a joint one with others.
    """

    class Kind(models.TextChoices):
        SERVICE = "service", _("Service team")
        SHOCK = "shock", _("Shock team")
        SAFETY = "safety", _("Safety teachers")
        JOINT = "joint", _("Joint team")

    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=16, choices=Kind)
    members = models.ManyToManyField(User, related_name="teams")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Mandate(models.Model):
    """
    Who may act for a customer, in what, until when; with the customer's consent as a file.
    """

    number = models.CharField(max_length=20, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="mandates")
    agent = models.ForeignKey(User, on_delete=models.PROTECT, related_name="mandates")
    actions = models.JSONField()
    granted_at = models.DateTimeField()
    valid_until = models.DateField()
    consent_sha256 = models.CharField(max_length=64)
    consent_name = models.CharField(max_length=120)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-granted_at", "number"]

    def __str__(self) -> str:
        return self.number


class Token(models.Model):
    """
    With what a program speaks for a user, within its scopes and until a day. The secret itself is kept nowhere.
    """

    number = models.CharField(max_length=16, unique=True)
    title = models.CharField(max_length=80)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens")
    scopes = models.JSONField()
    secret_sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    valid_until = models.DateField()
    last_used_on = models.DateField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "number"]

    def __str__(self) -> str:
        return self.number


class Attempt(models.Model):
    """
    How often somebody tried in vain, by the hash of a number or of an address, whether it exists or not.
    """

    key = models.CharField(max_length=64, unique=True)
    failures = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField()
    locked_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.key[:8]


class Installation(models.Model):
    """
    Whose system this is. There is one row. A demonstration lives at its own date, which runs on from ``moment``.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=120, default="通电")
    is_demo = models.BooleanField(default=False)
    moment = models.DateTimeField(null=True, blank=True)
    moment_set_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name
