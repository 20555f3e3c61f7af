"""
pandapower documents made by hand, without pandapower.
"""

import json


def frame(columns, rows, index=None):
    index = list(range(len(rows))) if index is None else index
    return {
        "_module": "pandas.core.frame",
        "_class": "DataFrame",
        "_object": json.dumps({"columns": columns, "index": index, "data": rows}),
    }


def document(**tables):
    net = {"f_hz": 50.0, "format_version": "3.1.0", **tables}
    return json.dumps({"_module": "pandapower.auxiliary", "_class": "pandapowerNet", "_object": net})
