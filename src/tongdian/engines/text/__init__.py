"""
The engine that reads what people say: category, urgency, place, people named, earlier demands and topics.

Values in, values out; no network. scikit-learn is loaded only to train.
"""

from tongdian.engines.text._contacts import Contact, ContactKind, find_contacts, is_identity_number, mask_contacts
from tongdian.engines.text._corpus import load_corpus, load_or_train, load_other_hand, load_shipped
from tongdian.engines.text._model import Calibration, Model, UnreadableModel, load_model, name_text, save_model
from tongdian.engines.text._normalise import normalise
from tongdian.engines.text._place import Place, compare_places, parse_place
from tongdian.engines.text._reply import Question, ReplyCheck, ReplyPart, check_reply
from tongdian.engines.text._similar import Evidence
from tongdian.engines.text._topics import RepeatedDemand, find_earlier, find_topics
from tongdian.engines.text._train import FEWEST, OneLabelOnly, TooFewExamples, Trained, learn, train
from tongdian.engines.text._understand import explain, understand
from tongdian.engines.text._values import Demand, Doubt, Example, Guess, Likely, Reason, Topic, Understanding, Urgency

__all__ = [
    "FEWEST",
    "Calibration",
    "Contact",
    "ContactKind",
    "Demand",
    "Doubt",
    "Evidence",
    "Example",
    "Guess",
    "Likely",
    "Model",
    "OneLabelOnly",
    "Place",
    "Question",
    "Reason",
    "RepeatedDemand",
    "ReplyCheck",
    "ReplyPart",
    "TooFewExamples",
    "Topic",
    "Trained",
    "Understanding",
    "UnreadableModel",
    "Urgency",
    "check_reply",
    "compare_places",
    "explain",
    "find_contacts",
    "find_earlier",
    "find_topics",
    "is_identity_number",
    "learn",
    "load_corpus",
    "load_model",
    "load_or_train",
    "load_other_hand",
    "load_shipped",
    "mask_contacts",
    "name_text",
    "normalise",
    "parse_place",
    "save_model",
    "train",
    "understand",
]
