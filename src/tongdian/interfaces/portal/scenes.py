"""
The scenes one can start from: their words, their question, and what comes next.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """
    One scene. ``drawing`` are two SVG paths of 44 × 44: what is there, and, in the accent, what is to come.
    """

    code: str
    name: str | Promise
    hint: str | Promise
    question: str | Promise
    example: str | Promise
    drawing: tuple[str, str]


SCENES = (
    Scene(
        code="home",
        name=_("Power at home"),
        hint=_("new connection, more power"),
        question=_("What do you need at home?"),
        example=_("For example: we have moved in and the flat has no meter yet"),
        drawing=("M6 20 22 7l16 13M10 17v20h24V17", "m23 20-5 8h8l-5 8"),
    ),
    Scene(
        code="charger",
        name=_("Charging point"),
        hint=_("we look first whether the power is enough"),
        question=_("Where should the charging point stand?"),
        example=_("For example: my parking space is B2-117, I would like a 7 kW charger"),
        drawing=("M6 30v-7l4-9h17l4 9v7M6 26h25", "M38 8v8m-3 0h6v4a3 3 0 0 1-6 0zm3 7v6c0 3-3 3-3 3"),
    ),
    Scene(
        code="elevator",
        name=_("New elevator"),
        hint=_("one visit, power the next day"),
        question=_("Which staircase gets an elevator?"),
        example=_("For example: building 7, entrance 2, the shaft is finished"),
        drawing=("M8 38V6h28v32M6 38h32M22 14v24", "m12 24 3-4 3 4M26 26l3 4 3-4"),
    ),
    Scene(
        code="shop",
        name=_("Opening a shop"),
        hint=_("you pay nothing up to the meter"),
        question=_("What will your shop need?"),
        example=_("For example: a noodle shop of 60 square metres, two steamers and air conditioning"),
        drawing=("M7 18 10 8h24l3 10M9 18v19h26V18", "M18 37v-9h8v9"),
    ),
    Scene(
        code="enterprise",
        name=_("Enterprise"),
        hint=_("a commissioner writes the plan with you"),
        question=_("What is to be powered, and by when?"),
        example=_("For example: a new workshop with 630 kW, production starts in September"),
        drawing=("M5 38V20l10 6v-6l10 6v-6l10 6M5 38h34V10h-6v16", "M12 32h4m5 0h4"),
    ),
    Scene(
        code="complaint",
        name=_("Something is wrong"),
        hint=_("outage, bill, hazard, service"),
        question=_("What is wrong?"),
        example=_("For example: the lights go dim every evening when the air conditioners start"),
        drawing=("M22 6 40 37H4z", "M22 17v10m0 5v.5"),
    ),
)


def find_scene(code: str) -> Scene | None:
    """
    Return a scene by its code.
    """
    return next((scene for scene in SCENES if scene.code == code), None)
