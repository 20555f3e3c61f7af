import uuid
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from tongdian.apps.cases.models import Case
from tongdian.apps.network.models import NetworkModel
from tongdian.apps.places.models import Building, Community
from tongdian.apps.plans.rules import NeedState, Status


class Answer(models.Model):
    """
    What the engine answered to somebody's question, as it was given, and who approved it; ``document`` holds it whole.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    version = models.PositiveSmallIntegerField()
    network = models.ForeignKey(NetworkModel, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=16, choices=[(status.value, status.value) for status in Status])
    document = models.JSONField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    seconds = models.FloatField(help_text="time the engine took")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class JointPlan(Answer):
    """
    The engine's answer to all applications of a community that wait; each one served has a plan of its own that refers to it.
    """

    community = models.ForeignKey(Community, on_delete=models.PROTECT, related_name="joint_plans")
    counts_needs = models.BooleanField(help_text="whether coming needs were counted")
    valid_until = models.DateField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["community", "-version"]
        constraints = [models.UniqueConstraint(fields=["community", "version"], name="one_joint_plan_per_community_and_version")]

    def __str__(self) -> str:
        return f"{self.community} J{self.version}"


class Plan(Answer):
    """
    The engine's answer to one application, alone or as part of a joint plan.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="plans")
    joint = models.ForeignKey(JointPlan, null=True, blank=True, on_delete=models.PROTECT, related_name="plans")
    reason = models.CharField(max_length=300, blank=True, help_text="why somebody changed it by hand")
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


class Renewal(Answer):
    """
    The engine's answer to how a stretch of old lines becomes cable; ``lines`` is what was asked for.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="renewals")
    lines = models.JSONField(help_text="identifiers of the lines")
    growth = models.FloatField(help_text="of the loads while the cable lies, as a fraction")

    class Meta:
        ordering = ["case", "-version"]
        constraints = [models.UniqueConstraint(fields=["case", "version"], name="one_renewal_per_case_and_version")]

    def __str__(self) -> str:
        return f"{self.case} R{self.version}"


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


class SigningKey(models.Model):
    """
    The public half of a key that signs certificates. The private half is a file of the data folder, never in the database.
    """

    key_id = models.CharField(max_length=16, primary_key=True)
    public_key = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["made_at"]

    def __str__(self) -> str:
        return self.key_id


class Certificate(models.Model):
    """
    A signed answer about the capacity at a building. ``text`` is the whole of it; the columns repeat what lists need.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    building = models.ForeignKey(Building, on_delete=models.PROTECT, related_name="certificates")
    network = models.ForeignKey(NetworkModel, on_delete=models.PROTECT, related_name="+")
    key = models.ForeignKey(SigningKey, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    valid_until = models.DateField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-issued_at", "-number"]

    def __str__(self) -> str:
        return self.number


class ProspectiveNeed(models.Model):
    """
    A need for supply that is known before anybody applies. It reserves nothing.

    ``key`` is the number in the list it came from, so that the same list brought in twice counts once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    source = models.CharField(max_length=24)
    key = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    place = models.CharField(max_length=200)
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    kw = models.FloatField()
    wanted_on = models.DateField()
    probability = models.PositiveSmallIntegerField(help_text="per cent")
    note = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=12, choices=[(state.value, state.value) for state in NeedState], default=NeedState.OPEN)
    reason = models.CharField(max_length=300, blank=True)
    case = models.ForeignKey(Case, null=True, blank=True, on_delete=models.PROTECT, related_name="needs")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["wanted_on", "name"]
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="one_need_per_source_and_key")]

    def __str__(self) -> str:
        return self.name


class BillCheck(models.Model):
    """
    One check of resold electricity in a case: the bills and the report by their SHA-256, and the whole result.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="bill_checks")
    method = models.CharField(max_length=8)
    document = models.JSONField()
    over_yuan = models.DecimalField(max_digits=14, decimal_places=2)
    bills_sha256 = models.CharField(max_length=64)
    bills_name = models.CharField(max_length=120)
    report_sha256 = models.CharField(max_length=64)
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField()

    class Meta:
        ordering = ["case", "-checked_at"]

    def __str__(self) -> str:
        return f"{self.case} {self.over_yuan}"
