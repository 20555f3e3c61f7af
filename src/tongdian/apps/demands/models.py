import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tongdian.apps.people.models import Team
from tongdian.apps.places.models import Building


class Visit(models.Model):
    """
    One outreach visit of a team: who went, whom it visited, what was raised. Every opinion raised is a demand.
    """

    class Kind(models.TextChoices):
        HOUSEHOLDS = "households", _("Households")
        ENTERPRISES = "enterprises", _("Enterprises")
        COMMUNITY = "community", _("Communities and departments")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    key = models.CharField(max_length=64, unique=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="visits")
    visited_at = models.DateTimeField()
    person_times = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=16, choices=Kind)
    count = models.PositiveIntegerField()
    city = models.CharField(max_length=64, blank=True)
    county = models.CharField(max_length=64, blank=True)
    place = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=300, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-visited_at", "key"]

    def __str__(self) -> str:
        return self.key


class CareHousehold(models.Model):
    """
    A household of the welfare list: somebody who needs care. Who may see whom is decided row by row, and every look is journalled.
    """

    class Need(models.TextChoices):
        ALONE = "alone", _("Old and living alone")
        DISABLED = "disabled", _("Disabled")
        MEDICAL = "medical", _("Medical device at home")
        HARDSHIP = "hardship", _("In hardship")
        HONOURED = "honoured", _("Veteran or family of a martyr")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    building = models.ForeignKey(Building, on_delete=models.PROTECT, related_name="care_households")
    door = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=64)
    phone = models.CharField(max_length=32, blank=True)
    need = models.CharField(max_length=16, choices=Need)
    note = models.CharField(max_length=300, blank=True)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="care_households")
    added_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["building", "door", "added_at"]

    def __str__(self) -> str:
        return str(self.pk)


class Topic(models.Model):
    """
    One problem at one place that several demands tell of. The engine finds it; people merge and split.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=200)
    category = models.CharField(max_length=40)
    city = models.CharField(max_length=64, blank=True)
    county = models.CharField(max_length=64, blank=True)
    place = models.CharField(max_length=200, blank=True)
    found_at = models.DateTimeField()
    is_by_hand = models.BooleanField(default=False)  # formed by a person: the engine keeps its title and its members

    class Meta:
        ordering = ["-found_at", "number"]

    def __str__(self) -> str:
        return self.number


class TopicChange(models.Model):
    """
    What a person did to topics, with what is needed to undo it: ``moved`` holds demand -> [topic before, topic after, by hand before].
    """

    class Kind(models.TextChoices):
        MERGED = "merged", _("Merged")
        SPLIT = "split", _("Split")

    kind = models.CharField(max_length=8, choices=Kind)
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="changes")  # the one kept, or the new one
    other = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="changes_of_others")
    moved = models.JSONField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.topic_id}"


class Demand(models.Model):
    """
    What somebody said, when, where and by which channel. Its words are never changed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    number = models.CharField(max_length=20, unique=True)
    source_key = models.CharField(max_length=64, unique=True)
    reference = models.CharField(max_length=64, blank=True)
    text = models.TextField()
    channel = models.CharField(max_length=16)
    reported_at = models.DateTimeField()
    received_at = models.DateTimeField()
    city = models.CharField(max_length=64, blank=True)
    county = models.CharField(max_length=64, blank=True)
    place = models.CharField(max_length=200, blank=True)
    contact_name = models.CharField(max_length=64, blank=True)
    contact_phone = models.CharField(max_length=64, blank=True)
    building = models.ForeignKey(Building, null=True, blank=True, on_delete=models.PROTECT, related_name="demands")
    visit = models.ForeignKey(Visit, null=True, blank=True, on_delete=models.PROTECT, related_name="demands")
    topic = models.ForeignKey(Topic, null=True, blank=True, on_delete=models.SET_NULL, related_name="demands")
    is_in_topic_by_hand = models.BooleanField(default=False)  # a person put it there, or took it out: the engine leaves it alone
    suggestion = models.JSONField(default=dict, blank=True)
    urgency = models.CharField(max_length=8, blank=True)
    category = models.CharField(max_length=40, blank=True)
    second_category = models.CharField(max_length=40, blank=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-reported_at", "number"]
        indexes = [models.Index(fields=["category"]), models.Index(fields=["-reported_at", "number"])]

    def __str__(self) -> str:
        return self.number


class Tracking(models.Model):
    """
    The number under which somebody who is not logged in follows his demand.
    """

    demand = models.OneToOneField(Demand, on_delete=models.CASCADE, related_name="tracking")
    number = models.CharField(max_length=12, unique=True)
    scene = models.CharField(max_length=16)

    def __str__(self) -> str:
        return self.number


class Reply(models.Model):
    """
    The reply that closed a demand, what the check of that moment found missing, and why a person sent it all the same.
    """

    demand = models.OneToOneField(Demand, on_delete=models.CASCADE, related_name="reply")
    text = models.TextField()
    missing = models.JSONField(default=list, blank=True)
    overruled_because = models.CharField(max_length=300, blank=True)
    replied_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    replied_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.demand_id)


class ModelVersion(models.Model):
    """
    A model that learnt from what people confirmed here. Its file lies in the data folder; ``report`` compares it with the one then in use.

    In use is the version with the latest ``used_from``; none, or one whose file is gone: the shipped model.
    """

    version = models.CharField(max_length=20, unique=True)
    corrections = models.PositiveIntegerField()
    report = models.JSONField(default=dict)
    trained_at = models.DateTimeField()
    used_from = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-trained_at", "-id"]

    def __str__(self) -> str:
        return self.version
