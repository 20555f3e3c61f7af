import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tongdian.apps.cases.models import Case


class Crew(models.Model):
    """
    Who goes out together: what they can do, when they work, and where their day begins and ends.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=40, unique=True)
    skills = models.JSONField(default=list)
    starts = models.TimeField()
    ends = models.TimeField()
    lon = models.FloatField()
    lat = models.FloatField()
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="crews")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class WorkOrder(models.Model):
    """
    One visit to one place: all milestones of the procedure that share it, and the materials to bring.

    ``sequence``, ``begins_at`` and ``travel_minutes`` are its place in a crew's round; ``left_out`` says why no round holds it.
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="work_orders")
    visit = models.CharField(max_length=8)
    role = models.CharField(max_length=32)
    planned_on = models.DateField()
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    materials = models.JSONField(default=list)
    state = models.CharField(max_length=16, choices=State, default=State.PLANNED)
    done_at = models.DateTimeField(null=True, blank=True)
    crew = models.ForeignKey(Crew, null=True, blank=True, on_delete=models.PROTECT, related_name="orders")
    sequence = models.PositiveSmallIntegerField(null=True, blank=True)
    begins_at = models.DateTimeField(null=True, blank=True)
    travel_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    left_out = models.CharField(max_length=8, blank=True)

    class Meta:
        ordering = ["planned_on", "sequence", "case", "visit"]
        constraints = [models.UniqueConstraint(fields=["case", "visit"], name="one_work_order_per_case_and_visit")]
        indexes = [models.Index(fields=["planned_on", "role", "state"], name="work_of_a_day")]

    def __str__(self) -> str:
        return f"{self.case} {self.visit}"


class VisitReport(models.Model):
    """
    What a crew reported of a visit. ``key`` is made where the report is written, so that sending it twice counts once.
    """

    key = models.CharField(max_length=64, unique=True)
    order = models.OneToOneField(WorkOrder, on_delete=models.PROTECT, related_name="report")
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class Hazard(models.Model):
    """
    Something dangerous that was found at a place and has to be settled before its case can close.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="hazards")
    kind = models.CharField(max_length=24)
    where = models.CharField(max_length=80)
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    remedy = models.CharField(max_length=200, blank=True)
    photo_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["case", "found_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["case", "kind", "where"], name="one_hazard_per_case_kind_and_place")]

    def __str__(self) -> str:
        return f"{self.kind} {self.where}"


class Settlement(models.Model):
    """
    What a case's works really cost the utility, once it was paid; the estimate is its share in the accepted plan.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="settlement")
    amount_yuan = models.DecimalField(max_digits=14, decimal_places=2)
    estimate_yuan = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    settled_on = models.DateField()
    file_sha256 = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.case} {self.amount_yuan}"
