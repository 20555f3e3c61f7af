"""
`tongdian grid`: networks in files, read, checked and asked what every bus can still carry. No installation is needed.

Each command stands in a module of its own in the folder beside; a new one is one more line of the table.
"""

from tongdian.interfaces.commands._group import LazyGroup, Line
from tongdian.kit.refused import N_

COMMANDS = {
    "import": Line(
        module="_grid.import_", name="import_", does=N_("Read a network with its year and keep it as one file."), needs_django=False
    ),
    "template": Line(
        module="_grid.template", does=N_("An Excel workbook to fill in, for utilities without any model."), needs_django=False
    ),
    "export": Line(module="_grid.export", does=N_("Write a network as a file of another tool."), needs_django=False),
    "check": Line(module="_grid.check", does=N_("Say what is wrong in a network, element by element."), needs_django=False),
    "capacity": Line(
        module="_grid.capacity", does=N_("What every bus can still carry, exactly, through the whole year."), needs_django=False
    ),
    "split": Line(module="_grid.split", does=N_("Cut a network into feeders and keep them as a store."), needs_django=False),
    "generate": Line(module="_grid.generate", does=N_("A made-up town of any size as a store of feeders."), needs_django=False),
    "study": Line(module="_grid.study", does=N_("What every bus of every feeder of a store can still carry."), needs_django=False),
    "explain": Line(module="_grid.explain", does=N_("Why one bus can take what it can, and which change brings more."), needs_django=False),
}


class GridGroup(LazyGroup):
    """
    The commands of this group, each imported when it is called.
    """

    table = COMMANDS


grid = GridGroup(name="grid", help="Networks in files: read, check, and what every bus can still carry.")
