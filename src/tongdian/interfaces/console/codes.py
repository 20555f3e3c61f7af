"""
What the codes of the system are called where people read them.
"""

from tongdian.apps.people.rules import ROLE_NAMES
from tongdian.apps.works.rules import HAZARDS, LEFT_OUT, SKILLS
from tongdian.kit.refused import N_

CHANNELS = {
    "hotline": N_("hotline"),
    "wechat": N_("WeChat"),
    "web": N_("website"),
    "visit": N_("visit"),
    "letter": N_("letter"),
    "counter": N_("counter"),
    "other": N_("other"),
}
STATES = {
    "open": N_("open"),
    "closed": N_("closed"),
    "withdrawn": N_("withdrawn"),
    "rejected": N_("rejected"),
}
PLAN_STATES = {
    "proposed": N_("waits for approval"),
    "infeasible": N_("nothing fits"),
    "approved": N_("waits for the customer"),
    "accepted": N_("accepted"),
    "superseded": N_("replaced by a newer plan"),
    "expired": N_("expired"),
}
DEVICES = {
    "elevator": N_("elevator"),
    "motor": N_("motor, started direct on line"),
    "pump": N_("pump"),
    "charger": N_("charging point"),
    "heat_pump": N_("heat pump or air conditioner"),
    "lighting": N_("lighting"),
    "household": N_("household"),
    "shop": N_("shop"),
    "factory": N_("factory"),
}
LAYINGS = {
    "overhead": N_("overhead"),
    "wall": N_("along the wall"),
    "buried": N_("buried"),
    "duct": N_("in duct"),
}
VISIT_STATES = {
    "planned": N_("planned"),
    "done": N_("done"),
    "cancelled": N_("cancelled"),
}
NEED_CODES = {
    "applied": N_("became an application"),
    "dropped": N_("came to nothing"),
    "project_list": N_("project list of the departments"),
    "enquiry": N_("enquiry"),
    "plan": N_("land-use plan"),
}
CERTIFICATE_STATES = {
    "valid": N_("valid"),
    "revoked": N_("revoked"),
}
PARTY_NAMES = {
    "utility": N_("utility"),
    "customer": N_("customer"),
    "authority": N_("authority"),
    "property_manager": N_("property manager"),
    "contractor": N_("contractor"),
    "supplier": N_("supplier"),
}
REPLY_PARTS = {  # what a reply must have, and what a demand can ask
    "core": N_("an answer to the core"),
    "progress": N_("progress"),
    "reason": N_("the reason why not"),
    "date": N_("a date"),
    "when": N_("when"),
    "why": N_("why"),
    "how_much": N_("how much it costs"),
    "who": N_("who is in charge"),
    "how": N_("how to go about it"),
}
OUTREACH_KINDS = {
    "households": N_("households"),
    "enterprises": N_("enterprises"),
    "community": N_("communities and departments"),
    "visits_households": N_("Visits to households"),
    "visits_enterprises": N_("Visits to enterprises"),
    "visits_community": N_("Visits to communities and departments"),
}
TEAM_KINDS = {
    "service": N_("service team"),
    "shock": N_("shock team"),
    "safety": N_("safety teachers"),
    "joint": N_("joint team"),
}
CARE_NEEDS = {
    "alone": N_("old and living alone"),
    "disabled": N_("disabled"),
    "medical": N_("medical device at home"),
    "hardship": N_("in hardship"),
    "honoured": N_("veteran or family of a martyr"),
}
URGENCIES = {"danger": N_("danger to life"), "urgent": N_("urgent")}
CLASSES = {
    "residential": N_("residential"),
    "lv_business": N_("low voltage, not residential"),
    "hv_single": N_("high voltage, single supply"),
    "hv_dual": N_("high voltage, dual supply"),
    "lv_charger": N_("charging facilities"),
    "all": N_("all customers"),
}
UNITS = {"pc": N_("pc"), "working_day": N_("working days"), "calendar_day": N_("calendar days"), "next_day": N_("the next day"), "kw": "kW"}
STEPS = {
    "view_demands": N_("read demands"),
    "view_cases": N_("read cases"),
    "view_case": N_("read this case"),
    "view_plan": N_("read this plan"),
    "view_journal": N_("read the journal"),
    "receive_demands": N_("receive demands"),
    "confirm_category": N_("confirm a category"),
    "place_demand": N_("place a demand"),
    "reveal_contact": N_("see the contact"),
    "open_case": N_("open a case"),
    "complete_milestone": N_("record a milestone"),
    "withdraw_case": N_("withdraw a case"),
    "reject_case": N_("reject a case"),
    "reopen_case": N_("reopen a case"),
    "stop_clock": N_("stop the clock"),
    "draw_up_agreement": N_("draw up an agreement"),
    "record_visit": N_("record outreach"),
    "view_care_list": N_("see the welfare list"),
    "keep_care_list": N_("keep the welfare list"),
    "form_team": N_("form a team"),
    "grant_mandate": N_("record a mandate"),
    "import_areas": N_("bring in areas"),
    "note_hazard": N_("note and settle hazards"),
    "record_settlement": N_("record a settlement"),
    "view_people": N_("see who works here"),
    "propose_plan": N_("make a supply plan"),
    "view_capacity": N_("see what the network can still carry"),
    "compute_capacity": N_("calculate what the network can still carry"),
    "approve_plan": N_("approve a supply plan"),
    "accept_option": N_("accept an option"),
    "issue_certificate": N_("certify the capacity"),
    "revoke_certificate": N_("revoke a certificate"),
    "record_need": N_("record coming needs"),
    "check_bills": N_("check bills of resold electricity"),
    "bind_reservation": N_("bind a reservation by contract"),
    "expire_plans": N_("let plans expire"),
    "plan_visits": N_("plan visits"),
    "view_rounds": N_("see the crews' rounds"),
    "plan_rounds": N_("plan the crews' rounds"),
    "form_crew": N_("form a crew"),
    "report_visit": N_("report a visit"),
    "import_network": N_("import a network"),
    "register_building": N_("register a building"),
    "register_customer": N_("register a customer"),
    "register_user": N_("register a user"),
    "issue_token": N_("issue tokens for programs"),
    "set_installation": N_("set up the installation"),
}
# one code means one thing everywhere, so one table serves pages, refusals and the journal
CODES: dict[str, str] = {
    **CHANNELS,
    **STATES,
    **PLAN_STATES,
    **LAYINGS,
    **VISIT_STATES,
    **NEED_CODES,
    **CERTIFICATE_STATES,
    **UNITS,
    **DEVICES,
    **STEPS,
    **HAZARDS,
    **SKILLS,
    **LEFT_OUT,
    **TEAM_KINDS,
    **CARE_NEEDS,
    **OUTREACH_KINDS,
    **URGENCIES,
    **CLASSES,
    **{party: name for party, name in PARTY_NAMES.items() if party != "customer"},
    **{role.value: name for role, name in ROLE_NAMES.items()},
}
