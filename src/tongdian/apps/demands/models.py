import uuid

from django.conf import settings
from django.db import models

from tongdian.apps.places.models import Building


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
    category = models.CharField(max_length=40, blank=True)
    second_category = models.CharField(max_length=40, blank=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-reported_at", "number"]
        indexes = [models.Index(fields=["category"]), models.Index(fields=["-reported_at", "number"])]

    def __str__(self) -> str:
        return self.number
