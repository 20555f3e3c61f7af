import uuid

from django.db import models


class NetworkModel(models.Model):
    """
    An imported network: the source document as it came, and the seed of its year where the loads have no profiles of their own.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=120)
    attribution = models.CharField(max_length=240, blank=True)
    document = models.BinaryField()
    document_sha256 = models.CharField(max_length=64)
    profile_seed = models.PositiveIntegerField()
    profile_year = models.PositiveSmallIntegerField()
    fingerprint = models.CharField(max_length=64, unique=True)
    imported_at = models.DateTimeField()
    is_current = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name
