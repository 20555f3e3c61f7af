from tongdian.apps.journal.events import declare
from tongdian.kit.refused import N_

DEMAND_RECEIVED = declare("demand.received", N_("received the demand %(number)s"))
CATEGORY_CONFIRMED = declare("demand.category_confirmed", N_("confirmed the category %(category)s"))
DEMAND_PLACED = declare("demand.placed", N_("placed the demand at a building"))
CONTACT_REVEALED = declare("demand.contact_revealed", N_("looked at the contact details"))
