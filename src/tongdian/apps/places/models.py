from django.conf import settings
from django.db import models


class Area(models.Model):
    """
    What has a boundary: GeoJSON geometry in WGS84, with its bounding box in degrees for quick search.
    """

    boundary = models.TextField()
    west = models.FloatField()
    south = models.FloatField()
    east = models.FloatField()
    north = models.FloatField()

    class Meta:
        abstract = True


class Region(Area):
    """
    A city or county by its official code.
    """

    code = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=64)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="parts")

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Cell(Area):
    """
    A grid cell of the service (网格): one manager is responsible for everything inside.
    """

    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=80)
    region = models.ForeignKey(Region, null=True, blank=True, on_delete=models.PROTECT, related_name="cells")
    manager = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="cells")

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Community(models.Model):
    """
    A residential community, village or park.
    """

    name = models.CharField(max_length=120)
    city = models.CharField(max_length=40)
    county = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["city", "county", "name"], name="one_community_per_county_and_name")]

    def __str__(self) -> str:
        return f"{self.city}{self.county}{self.name}"


class Building(models.Model):
    """
    A building or one entrance of it, at a point in WGS84 degrees.
    """

    community = models.ForeignKey(Community, on_delete=models.PROTECT, related_name="buildings")
    name = models.CharField(max_length=120)
    lon = models.FloatField()
    lat = models.FloatField()
    cell = models.ForeignKey(Cell, null=True, blank=True, on_delete=models.SET_NULL, related_name="buildings")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["community", "name"], name="one_building_per_community_and_name")]

    def __str__(self) -> str:
        return f"{self.community} {self.name}"


class UsagePoint(models.Model):
    """
    A point at which power is used, metered; ``energised_at`` is the moment the power came on.
    """

    building = models.ForeignKey(Building, on_delete=models.PROTECT, related_name="usage_points")
    consumer_number = models.CharField(max_length=32, unique=True)
    meter_number = models.CharField(max_length=64, blank=True)
    energised_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.consumer_number
