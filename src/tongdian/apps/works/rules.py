"""
What can be dangerous at a household or on a line.
"""

from tongdian.kit.refused import N_

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
