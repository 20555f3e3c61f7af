"""
Tongdian 通电: from what people ask of their electricity utility to power that is on.
"""

import sys

import pysqlite3
import pysqlite3.dbapi2

# Django's backend takes whatever `sqlite3` is; older system libraries have the WAL-reset race (fixed in 3.51.3).
sys.modules["sqlite3"] = pysqlite3
sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2
