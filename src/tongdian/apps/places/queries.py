"""
Reading places.
"""

from tongdian.apps.places.models import Building, UsagePoint


def get_building(*, building_id: int) -> Building:
    """
    Return a building with its community.
    """
    return Building.objects.select_related("community").get(pk=building_id)


def count_energised() -> int:
    """
    Return at how many usage points power is on.
    """
    return UsagePoint.objects.filter(energised_at__isnull=False).count()
