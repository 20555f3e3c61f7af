"""
When a job is taken over, and when it is left alone.
"""

from datetime import timedelta

HEARTBEAT_S = 5.0
SILENT_FOR = timedelta(seconds=20)  # four missed heartbeats: the worker is gone
MOST_ATTEMPTS = 5  # a job that was begun so often without an end kills its workers: it is parked
