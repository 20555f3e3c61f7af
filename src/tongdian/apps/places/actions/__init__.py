"""
What changes places.
"""

from tongdian.apps.places.actions.areas import AreasReport, NoCollection, ReturnedFeature, UnusableArea, import_cells, import_regions
from tongdian.apps.places.actions.points import NoSuchPlace, energise_usage_point, register_building, register_usage_point

__all__ = [
    "AreasReport",
    "NoCollection",
    "NoSuchPlace",
    "ReturnedFeature",
    "UnusableArea",
    "energise_usage_point",
    "import_cells",
    "import_regions",
    "register_building",
    "register_usage_point",
]
