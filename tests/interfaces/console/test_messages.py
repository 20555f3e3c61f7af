import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tools"))
import messages

PLACE = re.compile(r"%\((\w+)\)[sd]")


def test_every_message_is_there_in_chinese():
    assert list(messages.find_gaps(messages.read_catalogue(), messages.find_messages())) == []


def test_translations_keep_the_places_of_their_messages():
    wrong = []
    for message in messages.read_catalogue():
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        asked = {place for text in ids for place in PLACE.findall(text)}
        wrong += [message.id for text in texts if message.id and not set(PLACE.findall(text)) <= asked]
    assert wrong == []
