"""
What makes and does background work.
"""

from tongdian.apps.background.actions.work import Cancelled, cancel_job, enqueue_daily, enqueue_once, report_progress, work_once

__all__ = ["Cancelled", "cancel_job", "enqueue_daily", "enqueue_once", "report_progress", "work_once"]
