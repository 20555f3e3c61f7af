from tongdian.apps.journal.events import declare
from tongdian.kit.refused import N_

DEMAND_RECEIVED = declare("demand.received", N_("received the demand %(number)s"))
CATEGORY_CONFIRMED = declare("demand.category_confirmed", N_("confirmed the category %(category)s"))
DEMAND_PLACED = declare("demand.placed", N_("placed the demand at a building"))
CONTACT_REVEALED = declare("demand.contact_revealed", N_("looked at the contact details"))
VISIT_RECORDED = declare("outreach.recorded", N_("recorded the visit %(visit)s: %(person_times)s person-times, %(opinions)s opinions"))
CARE_ADDED = declare("care.added", N_("added a household to the welfare list"))
CARE_ENDED = declare("care.ended", N_("took a household off the welfare list"))
CARE_REVEALED = declare("care.revealed", N_("looked at a household of the welfare list"))
CARE_LISTED = declare("care.listed", N_("looked at the welfare list: %(count)s households"))
DEMAND_SUBMITTED = declare("demand.submitted", N_("said it at the public door"))
TOPIC_FOUND = declare("topic.found", N_("found the topic %(number)s: %(count)s demands"))
TOPIC_MERGED = declare("topic.merged", N_("merged the topic %(other)s into %(number)s: %(count)s demands"))
TOPIC_SPLIT = declare("topic.split", N_("split %(count)s demands off the topic %(other)s: %(number)s"))
TOPIC_UNDONE = declare("topic.undone", N_("undid a change of topics: %(count)s demands moved back"))
DEMAND_TRACKED = declare("demand.tracked", N_("looked at how far the demand has come"))
