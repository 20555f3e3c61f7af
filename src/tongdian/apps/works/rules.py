"""
What can be dangerous at a household or on a line, what crews can do, and how long a visit takes.
"""

from functools import cache

from tongdian.kit.refused import N_
from tongdian.kit.tables import read_table

HAZARDS = {
    "aged_wire": N_("aged or cracked wire"),
    "thin_wire": N_("wire too thin for its load"),
    "bare_joint": N_("bare joint"),
    "no_rcd": N_("no residual current device"),
    "no_earth": N_("no protective earth"),
    "broken_socket": N_("broken socket or switch"),
    "overload": N_("overloaded socket strip"),
    "flammable": N_("flammables near wires"),
    "tree": N_("tree in the line"),
    "clearance": N_("too little clearance to the line"),
    "pole": N_("leaning or cracked pole"),
    "box": N_("broken meter or branch box"),
    "other": N_("other"),
}

SKILLS = {
    "lv": N_("low voltage and meters"),
    "hv": N_("10 kV and stations"),
    "house": N_("wiring in households"),
    "line": N_("lines and cables"),
}

# why a visit stands in no round
LEFT_OUT = {
    "no_skill": N_("no crew can do this"),
    "no_hours": N_("fits into no crew's hours"),
    "no_time": N_("all crews are full that day"),
}


@cache
def visit_work() -> dict[tuple[str, str], tuple[str, int]]:
    """
    Return what a visit needs: (procedure, visit) -> (skill, minutes at the place); ``("*", "*")`` stands for all others.
    """
    return {(row["procedure"], row["visit"]): (row["skill"], int(row["minutes"])) for row in read_table("visit_work.csv")}


def get_visit_work(*, procedure: str, visit: str) -> tuple[str, int]:
    """
    Return the skill that a visit needs and how many minutes it takes at the place.
    """
    known = visit_work()
    return known.get((procedure, visit), known["*", "*"])
