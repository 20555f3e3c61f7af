from tongdian.apps.journal.events import declare
from tongdian.kit.refused import N_

USER_REGISTERED = declare("user.registered", N_("registered a user in the role %(role)s"))
CUSTOMER_REGISTERED = declare("customer.registered", N_("registered the customer %(reference)s"))
INSTALLATION_SET = declare("installation.set", N_("set the installation's name and date"))
TEAM_FORMED = declare("team.formed", N_("formed the team %(team)s"))
MANDATE_GRANTED = declare("mandate.granted", N_("recorded the mandate %(mandate)s"))
MANDATE_REVOKED = declare("mandate.revoked", N_("revoked the mandate %(mandate)s"))
USER_SWITCHED_OFF = declare("user.switched_off", N_("switched a login off"))
USER_SWITCHED_ON = declare("user.switched_on", N_("switched a login on"))
USER_MAIL_SET = declare("user.mail_set", N_("changed whether notices come by mail"))
TOKEN_ISSUED = declare("token.issued", N_("issued the token %(token)s: %(scopes)s"))
TOKEN_REVOKED = declare("token.revoked", N_("revoked the token %(token)s"))
