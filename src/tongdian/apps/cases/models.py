import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tongdian.apps.demands.models import Demand
from tongdian.apps.people.models import Customer
from tongdian.apps.places.models import Building


class ProcedureVersion(models.Model):
    """
    A procedure as data, in one version: a case keeps the version it began with. ``edition`` counts what the utility's own limits
    made of the shipped version; 0 is as shipped.
    """

    code = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    edition = models.PositiveIntegerField(default=0)
    document = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "version", "edition"], name="one_document_per_procedure_edition")]

    def __str__(self) -> str:
        return f"{self.code} {self.version}{f'.{self.edition}' if self.edition else ''}"


class HouseLimit(models.Model):
    """
    The limit that the utility sets itself for one milestone, for cases that open from a day on. ``days`` None: from then on the shipped
    limit holds again. Rows are never changed: a later one for the same day replaces an earlier one.
    """

    procedure = models.CharField(max_length=40)
    milestone = models.CharField(max_length=40)
    days = models.PositiveSmallIntegerField(null=True, blank=True)
    valid_from = models.DateField()
    why = models.CharField(max_length=300)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="house_limits")
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["-valid_from", "-set_at", "-id"]

    def __str__(self) -> str:
        return f"{self.procedure}/{self.milestone} {self.valid_from}"


class Case(models.Model):
    """
    One promise to one place. Its state repeats what the journal says, so that lists are fast.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        REJECTED = "rejected", _("Rejected")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    procedure = models.ForeignKey(ProcedureVersion, on_delete=models.PROTECT, related_name="cases")
    building = models.ForeignKey(Building, on_delete=models.PROTECT, related_name="cases")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="cases")
    demands = models.ManyToManyField(Demand, related_name="cases")
    application = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    # both clocks of a case that has ended: final, so that 12,000 cases are summed up in one query
    whole_working_days = models.PositiveIntegerField(null=True, blank=True)
    utility_working_days = models.PositiveIntegerField(null=True, blank=True)
    whole_calendar_days = models.PositiveIntegerField(null=True, blank=True)
    utility_calendar_days = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-opened_at", "number"]
        indexes = [models.Index(fields=["state"]), models.Index(fields=["state", "ended_at"])]

    def __str__(self) -> str:
        return self.number


class Milestone(models.Model):
    """
    One milestone of a case; what it is stands in the case's procedure under ``code``.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="milestones")
    code = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField()
    due_date = models.DateField(null=True, blank=True)
    due_is_provisional = models.BooleanField(default=False)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["case", "code"], name="one_milestone_per_case_and_code")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.code}"


class Evidence(models.Model):
    """
    What proves a milestone: a text, a number with its unit, or a file known by its SHA-256.
    """

    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, related_name="evidence")
    code = models.CharField(max_length=40)
    text = models.CharField(max_length=300, blank=True)
    number = models.FloatField(null=True, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["milestone", "code"], name="one_evidence_per_milestone_and_code")]

    def __str__(self) -> str:
        return f"{self.milestone_id} {self.code}"


class Stop(models.Model):
    """
    An interval in which the utility's clock stands still. ``reason`` is a row of data/limits_stops.csv, or how the case had ended.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="stops")
    reason = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["case", "started_at"]
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=models.Q(ended_at__isnull=True), name="one_running_stop_per_case")
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.reason}"


class Agreement(models.Model):
    """
    What several parties promise each other for one case: duties with days. It is in force when all have signed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="agreements")
    number = models.CharField(max_length=24, unique=True)
    version = models.PositiveSmallIntegerField()
    parties = models.JSONField()
    drawn_up_at = models.DateTimeField()
    file_sha256 = models.CharField(max_length=64)
    in_force_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["case", "-version"]
        constraints = [models.UniqueConstraint(fields=["case", "version"], name="one_agreement_per_case_and_version")]

    def __str__(self) -> str:
        return self.number


class Duty(models.Model):
    """
    A milestone that a party of an agreement owes by a day.
    """

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="duties")
    milestone = models.CharField(max_length=40)
    party = models.CharField(max_length=24)
    owner = models.CharField(max_length=120)
    task = models.CharField(max_length=200)
    due_date = models.DateField()

    class Meta:
        ordering = ["agreement", "due_date", "pk"]
        constraints = [models.UniqueConstraint(fields=["agreement", "milestone"], name="one_duty_per_agreement_and_milestone")]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.milestone}"


class Signature(models.Model):
    """
    A party's signature under an agreement, known by the SHA-256 of what was signed and of the signed copy.
    """

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="signatures")
    party = models.CharField(max_length=24)
    signer = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    document_sha256 = models.CharField(max_length=64)
    file_sha256 = models.CharField(max_length=64)
    file_name = models.CharField(max_length=120)
    alg = models.CharField(max_length=16, default="paper")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agreement", "party"], name="one_signature_per_agreement_and_party")]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.party}"
