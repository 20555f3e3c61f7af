"""
What changes demands.
"""

from tongdian.apps.demands.actions.care import (
    UnusableHousehold,
    add_care_household,
    end_care_household,
    look_at_care_list,
    reveal_care_household,
)
from tongdian.apps.demands.actions.intake import IntakeReport, OtherWords, ReturnedRow, land_one, receive_demands
from tongdian.apps.demands.actions.learn import FEWEST, NothingToLearn, UnknownVersion, learn_from_corrections, use_model
from tongdian.apps.demands.actions.reply import AlreadyClosed, ReplyLacks, UnusableReply, close_demand
from tongdian.apps.demands.actions.submit import (
    NotTracked,
    Submission,
    TrackingLocked,
    UnusableSubmission,
    submit_demand,
    track_demand,
)
from tongdian.apps.demands.actions.topics import UnusableChange, find_topics, merge_topics, split_topic, undo_change
from tongdian.apps.demands.actions.understand import confirm_category, place_demand, reveal_contact
from tongdian.apps.demands.actions.visit import UnusableVisit, receive_visits, record_visit

__all__ = [
    "FEWEST",
    "AlreadyClosed",
    "IntakeReport",
    "NotTracked",
    "NothingToLearn",
    "OtherWords",
    "ReplyLacks",
    "ReturnedRow",
    "Submission",
    "TrackingLocked",
    "UnknownVersion",
    "UnusableChange",
    "UnusableHousehold",
    "UnusableReply",
    "UnusableSubmission",
    "UnusableVisit",
    "add_care_household",
    "close_demand",
    "confirm_category",
    "end_care_household",
    "find_topics",
    "land_one",
    "learn_from_corrections",
    "look_at_care_list",
    "merge_topics",
    "place_demand",
    "receive_demands",
    "receive_visits",
    "record_visit",
    "reveal_care_household",
    "reveal_contact",
    "split_topic",
    "submit_demand",
    "track_demand",
    "undo_change",
    "use_model",
]
