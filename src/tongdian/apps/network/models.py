import uuid

from django.db import models


class NetworkModel(models.Model):
    """
    A network of one voltage level: the source document as it came, and the seed of its year where the loads have no profiles.

    A synthetic ring has no document: it is built from the low-voltage network that it feeds (``derived_from``) and the seed.
    """

    class Voltage(models.TextChoices):
        LOW = "low"
        HIGH = "high"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=120)
    attribution = models.CharField(max_length=240, blank=True)
    voltage = models.CharField(max_length=8, choices=Voltage, default=Voltage.LOW)
    derived_from = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    document = models.BinaryField()
    document_sha256 = models.CharField(max_length=64)
    profile_seed = models.PositiveIntegerField()
    profile_year = models.PositiveSmallIntegerField()
    fingerprint = models.CharField(max_length=64, unique=True)
    imported_at = models.DateTimeField()
    is_current = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class CapacityIsland(models.Model):
    """
    What every bus of one island (a station's area) can still carry, for one question, as it was last calculated.

    ``key`` says for what: network, year, limits, power factor and everything reserved in the island. Another key: calculate again.
    ``rows``: [bus id, kW or null, limit, kind and id of what binds, its name, step]. ``refused``: why there is no answer (a loop), as the
    refusal's text and values.
    """

    network = models.ForeignKey(NetworkModel, on_delete=models.CASCADE, related_name="capacities")
    source_bus_id = models.BigIntegerField()
    margin = models.CharField(max_length=12)
    generation = models.BooleanField(default=False)
    needs = models.BooleanField(default=False, help_text="whether coming needs are counted")
    key = models.CharField(max_length=64)
    rows = models.JSONField()
    base_margin = models.FloatField(null=True, blank=True)
    refused = models.JSONField(null=True, blank=True)
    computed_at = models.DateTimeField()
    seconds = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["network", "source_bus_id", "margin", "generation", "needs"], name="one_capacity_per_island_and_question"
            )
        ]

    def __str__(self) -> str:
        return f"{self.network} {self.source_bus_id} {self.margin}"
