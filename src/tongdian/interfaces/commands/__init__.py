"""
The `tongdian` command line: a table of commands, each loaded only when it is called.
"""

from tongdian.interfaces.commands._group import LazyGroup, read_settings_file

__all__ = ["main"]

main = LazyGroup(
    name="tongdian",
    help="Tongdian 通电: from what people ask to power that is on.",
    params=[read_settings_file()],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)
