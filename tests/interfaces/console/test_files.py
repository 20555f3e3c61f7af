import pytest

pytestmark = pytest.mark.django_db


@pytest.fixture
def proven(accepted):
    """A case whose application form was kept."""
    case = accepted()
    return case, case.milestones.get(code="application").evidence.get()


def test_evidence_is_handed_out_as_a_file_and_never_shown(visit, proven, cell_manager):
    case, kept = proven
    page = visit(cell_manager).get(f"/cases/{case.pk}/").content.decode()
    assert f"/cases/{case.pk}/files/{kept.file_sha256}/" in page
    response = visit(cell_manager).get(f"/cases/{case.pk}/files/{kept.file_sha256}/")
    assert response.content == b"%PDF application"
    assert response["Content-Disposition"] == 'attachment; filename="form.pdf"'
    assert response["Content-Type"] == "application/octet-stream"


def test_a_stranger_gets_no_evidence(visit, proven, hire):
    case, kept = proven
    assert visit(hire("customer", "stranger")).get(f"/cases/{case.pk}/files/{kept.file_sha256}/").status_code == 403


def test_evidence_that_is_not_there_says_so(visit, proven, cell_manager, settings):
    case, kept = proven
    assert visit(cell_manager).get(f"/cases/{case.pk}/files/{'0' * 64}/").status_code == 404
    (settings.DATA_DIR / "files" / kept.file_sha256[:2] / kept.file_sha256).unlink()
    lost = visit(cell_manager).get(f"/cases/{case.pk}/files/{kept.file_sha256}/")
    assert lost.status_code == 404
    assert "restore the last backup" in lost.content.decode()
