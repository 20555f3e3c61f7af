import uuid
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from tongdian.apps.cases.models import Case
from tongdian.apps.network.models import NetworkModel
from tongdian.apps.plans.rules import Status


class Plan(models.Model):
    """
    The engine's answer to one application, as it was given; ``document`` holds it whole.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="plans")
    version = models.PositiveSmallIntegerField()
    network = models.ForeignKey(NetworkModel, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=16, choices=[(status.value, status.value) for status in Status])
    document = models.JSONField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    seconds = models.FloatField(help_text="time the engine took")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["case", "-version"]
        constraints = [models.UniqueConstraint(fields=["case", "version"], name="one_plan_per_case_and_version")]

    def __str__(self) -> str:
        return f"{self.case} {self.version}"


class Option(models.Model):
    """
    One way to connect. ``document`` holds it whole; the columns are what lists and decisions need.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="options")
    rank = models.PositiveSmallIntegerField()
    is_feasible = models.BooleanField()
    bus_id = models.BigIntegerField()
    p_kw = models.FloatField()
    q_kvar = models.FloatField()
    length_m = models.FloatField()
    cost_yuan = models.DecimalField(max_digits=12, decimal_places=2)
    utility_yuan = models.DecimalField(max_digits=12, decimal_places=2)
    customer_yuan = models.DecimalField(max_digits=12, decimal_places=2)
    document = models.JSONField()

    class Meta:
        ordering = ["plan", "rank"]
        constraints = [models.UniqueConstraint(fields=["plan", "rank"], name="one_option_per_plan_and_rank")]

    def __str__(self) -> str:
        return f"{self.plan} #{self.rank}"

    @property
    def second_bus_ids(self) -> tuple[int, ...]:
        """
        The bus of the second connection of a dual supply, if it is one.
        """
        second = self.document.get("second")
        return (int(second["bus_id"]),) if second else ()


class ReservationQuerySet(models.QuerySet["Reservation"]):
    """
    Which reservations hold capacity, and where.
    """

    def holding(self, at: datetime) -> "ReservationQuerySet":
        """
        Reservations that hold capacity at a moment: until they expire, or without end once a contract binds them or power is on.

        A case that is withdrawn or rejected holds nothing: the release is no second fact that could be forgotten.
        """
        lasting = Q(case__state=Case.State.CLOSED) | Q(case__state=Case.State.OPEN, expires_at__isnull=True)
        return self.filter(lasting | Q(case__state=Case.State.OPEN, expires_at__gt=at), held_at__lte=at)

    def at_buses(self, bus_ids: Iterable[int]) -> "ReservationQuerySet":
        """
        Reservations at some buses.
        """
        return self.filter(bus_id__in=list(bus_ids))


class Reservation(models.Model):
    """
    Capacity kept for an accepted option at a bus of a network. ``expires_at`` is empty once a contract binds it.

    A dual supply keeps it at two buses; ``is_standby`` marks the second.
    """

    option = models.ForeignKey(Option, on_delete=models.PROTECT, related_name="reservation")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reservations")
    network = models.ForeignKey(NetworkModel, on_delete=models.PROTECT, related_name="reservations")
    bus_id = models.BigIntegerField()
    p_kw = models.FloatField()
    q_kvar = models.FloatField()
    held_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    is_standby = models.BooleanField(default=False)

    objects = ReservationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["network", "bus_id"])]
        constraints = [models.UniqueConstraint(fields=["option", "is_standby"], name="one_reservation_per_option_and_supply")]

    def __str__(self) -> str:
        return f"{self.case} {self.p_kw} kW at {self.bus_id}"
