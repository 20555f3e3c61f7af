"""
Which permission opens which address of the console. An address that does not stand here answers nobody.

The permissions themselves, and who has them, stand in ``people.rules``. The action behind an address checks again, and whether a thing is
the reader's own.
"""

ANYBODY = ""  # who is logged in

ACCESS: dict[str, str] = {
    "day": ANYBODY,
    "cases": ANYBODY,  # a customer sees his own
    "export_cases": ANYBODY,  # as above
    "demands": "view_demands",
    "export_demands": "view_demands",
    "demand": "view_demands",
    "confirm_category": "confirm_category",
    "reveal_contact": "reveal_contact",
    "topics": "view_demands",
    "topic": "view_demands",
    "sort_topics": "find_topics",
    "merge_topics": "sort_topics",
    "renovate_topic": "open_case",
    "split_topic": "sort_topics",
    "undo_topic": "sort_topics",
    "open_case": "open_case",
    "case": "view_case",
    "file": "view_case",
    "complete_milestone": "complete_milestone",
    "propose_plan": "propose_plan",
    "plan_visit": "plan_visits",
    "report_visit": "report_visit",
    "withdraw_case": ANYBODY,  # also by mandate, which is the customer's to give
    "reject_case": "reject_case",
    "reopen_case": "reopen_case",
    "draw_up_agreement": "draw_up_agreement",
    "sign_agreement": "draw_up_agreement",
    "stop_clock": "stop_clock",
    "resume_clock": "stop_clock",
    "grant_mandate": "grant_mandate",
    "revoke_mandate": ANYBODY,  # its customer always may
    "note_hazard": "note_hazard",
    "settle_hazard": "note_hazard",
    "record_settlement": "record_settlement",
    "issue_certificate": "issue_certificate",
    "certificate": "view_cases",
    "revoke_certificate": "revoke_certificate",
    "check_bills": "check_bills",
    "bills_report": "view_cases",
    "record_comparison": "check_bills",
    "needs": "view_cases",
    "record_need": "record_need",
    "import_needs": "record_need",
    "close_need": "record_need",
    "plan": "view_plan",
    "approve_plan": "approve_plan",
    "accept_option": ANYBODY,  # also by mandate
    "rounds": "view_rounds",
    "plan_rounds": "plan_rounds",
    "form_crew": "form_crew",
    "outreach": "view_demands",
    "record_visit": "record_visit",
    "form_team": "form_team",
    "care": "view_care_list",
    "add_care": "keep_care_list",
    "reveal_care": "view_care_list",
    "end_care": "keep_care_list",
    "people": "view_people",
    "register_user": "register_user",
    "switch_user": "register_user",
    "rules": "view_cases",
    "set_house_limit": "set_house_limit",
    "capacity": "view_capacity",
    "capacity_bus": "view_capacity",
    "capacity_gains": "view_capacity",
    "export_capacity": "view_capacity",
    "compute_capacity": "compute_capacity",
    "imports": "receive_demands",
    "import_table": "receive_demands",
    "cancel_job": "receive_demands",
    "returned": "receive_demands",
    "insight": "view_cases",
    "search": "view_cases",
    "journal": "view_journal",
    "notices": ANYBODY,  # his own
    "read_notices": ANYBODY,
    "set_mail": ANYBODY,
}
