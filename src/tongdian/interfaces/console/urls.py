"""
The addresses of the console.
"""

from django.urls import path

from tongdian.interfaces.console.views import account, administration, cases, day, demands, journal, outreach, plans, promises, works

app_name = "console"
urlpatterns = [
    path("", day.show_day, name="day"),
    path("login/", account.Login.as_view(), name="login"),
    path("logout/", account.Logout.as_view(), name="logout"),
    path("demands/", demands.list_demands, name="demands"),
    path("demands/<uuid:demand_id>/", demands.show_demand, name="demand"),
    path("demands/<uuid:demand_id>/category/", demands.confirm_category, name="confirm_category"),
    path("demands/<uuid:demand_id>/contact/", demands.reveal_contact, name="reveal_contact"),
    path("demands/<uuid:demand_id>/case/", demands.open_case, name="open_case"),
    path("cases/", cases.list_cases, name="cases"),
    path("cases/<uuid:case_id>/", cases.show_case, name="case"),
    path("cases/<uuid:case_id>/files/<slug:sha256>/", cases.show_file, name="file"),
    path("cases/<uuid:case_id>/milestones/<slug:code>/", cases.complete_milestone, name="complete_milestone"),
    path("cases/<uuid:case_id>/plan/", cases.propose_plan, name="propose_plan"),
    path("cases/<uuid:case_id>/visits/<slug:visit>/day/", cases.plan_visit, name="plan_visit"),
    path("cases/<uuid:case_id>/visits/<uuid:order_id>/report/", cases.report_visit, name="report_visit"),
    path("cases/<uuid:case_id>/withdraw/", cases.withdraw_case, name="withdraw_case"),
    path("cases/<uuid:case_id>/reject/", cases.reject_case, name="reject_case"),
    path("cases/<uuid:case_id>/reopen/", cases.reopen_case, name="reopen_case"),
    path("cases/<uuid:case_id>/agreements/", promises.draw_up_agreement, name="draw_up_agreement"),
    path("cases/<uuid:case_id>/agreements/<uuid:agreement_id>/sign/", promises.sign_agreement, name="sign_agreement"),
    path("cases/<uuid:case_id>/stop/", promises.stop_clock, name="stop_clock"),
    path("cases/<uuid:case_id>/resume/", promises.resume_clock, name="resume_clock"),
    path("cases/<uuid:case_id>/mandates/", promises.grant_mandate, name="grant_mandate"),
    path("cases/<uuid:case_id>/mandates/<slug:number>/revoke/", promises.revoke_mandate, name="revoke_mandate"),
    path("cases/<uuid:case_id>/hazards/", works.note_hazard, name="note_hazard"),
    path("cases/<uuid:case_id>/hazards/<int:hazard_id>/settle/", works.settle_hazard, name="settle_hazard"),
    path("cases/<uuid:case_id>/settlement/", works.record_settlement, name="record_settlement"),
    path("plans/<uuid:plan_id>/", plans.show_plan, name="plan"),
    path("plans/<uuid:plan_id>/approve/", plans.approve_plan, name="approve_plan"),
    path("plans/<uuid:plan_id>/options/<uuid:option_id>/accept/", plans.accept_option, name="accept_option"),
    path("outreach/", outreach.list_outreach, name="outreach"),
    path("outreach/record/", outreach.record_visit, name="record_visit"),
    path("outreach/teams/", outreach.form_team, name="form_team"),
    path("care/", outreach.list_care, name="care"),
    path("care/add/", outreach.add_care, name="add_care"),
    path("care/<uuid:household_id>/reveal/", outreach.reveal_care, name="reveal_care"),
    path("care/<uuid:household_id>/end/", outreach.end_care, name="end_care"),
    path("people/", administration.list_people, name="people"),
    path("people/register/", administration.register_user, name="register_user"),
    path("people/<int:user_id>/switch/", administration.switch_user, name="switch_user"),
    path("rules/", administration.list_rules, name="rules"),
    path("journal/", journal.show_journal, name="journal"),
]
