"""
What makes and does background work.
"""

from tongdian.apps.background.actions.work import Cancelled, cancel_job, report_progress, work_once

__all__ = ["Cancelled", "cancel_job", "report_progress", "work_once"]
