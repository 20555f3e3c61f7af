from django.db import connection


def test_auditor_sees_that_the_chain_is_whole(visit, auditor, demand):
    html = visit(auditor).get("/journal/").content.decode()
    assert "The chain is whole" in html
    assert "confirmed the category Elevator retrofit connection" in html


def test_tampering_is_said_first(visit, auditor, demand):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE journal_entry SET actor_id = '999' WHERE sequence = 2")
    html = visit(auditor).get("/journal/").content.decode()
    assert "The chain is broken" in html
    assert "entry 2: the entry was changed" in html


def test_journal_is_closed_to_those_whom_it_watches(visit, cell_manager):
    response = visit(cell_manager).get("/journal/")
    assert response.status_code == 403
    assert "read the journal" in response.content.decode()


def test_older_entries_are_a_page_away(visit, auditor, cell_manager, now):
    from tongdian.apps.demands.actions import receive_demands
    from tongdian.kit.sheets import Sheet

    rows = tuple((f"J{at}", f"第{at}件事") for at in range(60))
    receive_demands(actor=cell_manager, sheet=Sheet(header=("id", "text"), rows=rows), now=now)
    html = visit(auditor).get("/journal/").content.decode()
    before = html.split("?before=")[1].split('"')[0]
    older = visit(auditor).get(f"/journal/?before={before}").content.decode()
    assert "received the demand" in older
    assert "Older entries" not in older
