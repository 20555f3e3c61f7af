"""
Reading certificates, prospective needs and checks of bills.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tongdian.apps.journal.events import Actor
from tongdian.apps.journal.queries import read_file
from tongdian.apps.people import queries as people
from tongdian.apps.plans.models import BillCheck, Certificate, ProspectiveNeed, SigningKey
from tongdian.apps.plans.rules import NeedState
from tongdian.kit.refused import N_, Refused

if TYPE_CHECKING:
    from tongdian.engines.documents import Verifier
    from tongdian.engines.grid import Gain

    Gains = tuple[Gain, ...]


class UnknownPaper(Refused):
    """
    There is no such certificate, need or check of bills.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateView:
    """
    A certificate for pages: its whole signed ``text``, what that says, and whether it is ``valid``, ``expired`` or ``revoked``.
    """

    id: UUID
    number: str
    text: str
    payload: dict[str, Any]
    state: str
    issued_by: str
    issued_at: datetime
    valid_until: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedView:
    """
    A prospective need for plans and maps; the place may be unknown.
    """

    id: UUID
    name: str
    lon: float | None
    lat: float | None
    kw: float
    wanted_on: date
    probability: int

    @property
    def expected_kw(self) -> float:
        """
        The need weighed by its probability.
        """
        return self.kw * self.probability / 100


def find_certificate(*, certificate_id: UUID | str) -> Certificate:
    """
    Return the certificate itself.

    :raises UnknownPaper: if there is none
    """
    found = Certificate.objects.select_related("building__community", "key").filter(pk=certificate_id).first()
    if found is None:
        raise UnknownPaper(N_("There is no certificate %(id)s."), id=str(certificate_id))
    return found


def find_need(*, need_id: UUID | str) -> ProspectiveNeed:
    """
    Return the prospective need itself.

    :raises UnknownPaper: if there is none
    """
    found = ProspectiveNeed.objects.filter(pk=need_id).first()
    if found is None:
        raise UnknownPaper(N_("There is no prospective need %(id)s."), id=str(need_id))
    return found


def find_bill_check(*, check_id: UUID | str) -> BillCheck:
    """
    Return the check of bills itself.

    :raises UnknownPaper: if there is none
    """
    found = BillCheck.objects.select_related("case").filter(pk=check_id).first()
    if found is None:
        raise UnknownPaper(N_("There is no check of bills %(id)s."), id=str(check_id))
    return found


def list_certificates(*, actor: Actor, building_id: int, on: date) -> tuple["CertificateView", ...]:
    """
    Return a building's certificates, the newest first.
    """
    people.require(actor, "view_cases")
    found = Certificate.objects.filter(building_id=building_id).select_related("key", "issued_by")
    return tuple(_certificate(one, on) for one in found)


def list_public_certificates(*, case_number: str, on: date) -> tuple["CertificateView", ...]:
    """
    Return the valid certificates of a case's building, for whoever follows that case at the public door. They name nobody.
    """
    found = Certificate.objects.filter(building__cases__number=case_number, revoked_at__isnull=True, valid_until__gte=on)
    return tuple(_certificate(one, on) for one in found.select_related("key", "issued_by").distinct())


def get_certificate(*, actor: Actor, certificate_id: UUID | str, on: date) -> "CertificateView":
    """
    Return one certificate.
    """
    people.require(actor, "view_cases")
    return _certificate(find_certificate(certificate_id=certificate_id), on)


def print_certificate(*, actor: Actor, certificate_id: UUID | str, verify_url: str, on: date) -> bytes:
    """
    Return a certificate as PDF in the language of the page; its QR code opens the verifying page with the whole certificate in it.
    """
    from tongdian.apps.plans import mapping

    view = get_certificate(actor=actor, certificate_id=certificate_id, on=on)
    return mapping.print_certificate(view.payload, f"{verify_url}#{view.text}", state=view.state)


def get_verifier(*, issuer: str, on: date) -> "Verifier":
    """
    Return the page that verifies certificates without a server, with every public key and today's signed list of revoked ones.
    """
    from tongdian.apps.plans import mapping

    keys = dict(SigningKey.objects.values_list("key_id", "public_key"))
    revoked = Certificate.objects.filter(revoked_at__isnull=False).values_list("number", flat=True)
    return mapping.make_verifier(keys=keys, revocations=mapping.sign_revocations(numbers=revoked, issued=on) if keys else "", issuer=issuer)


def list_needs(*, actor: Actor, state: str = NeedState.OPEN) -> tuple[ProspectiveNeed, ...]:
    """
    Return prospective needs, those wanted first in front.
    """
    people.require(actor, "view_cases")
    return tuple(ProspectiveNeed.objects.filter(state=state).select_related("case", "recorded_by"))


def list_open_needs(*, by: date) -> tuple["NeedView", ...]:
    """
    Return the needs that may come by a day, for joint plans and capacity maps: unreserved, ``expected_kw`` weighs them by probability.
    """
    return tuple(
        NeedView(id=need.pk, name=need.name, lon=need.lon, lat=need.lat, kw=need.kw, wanted_on=need.wanted_on, probability=need.probability)
        for need in ProspectiveNeed.objects.filter(state=NeedState.OPEN, wanted_on__lte=by)
    )


def list_bill_checks(*, actor: Actor, case_id: UUID) -> tuple[BillCheck, ...]:
    """
    Return the checks of bills in a case, the newest first.
    """
    people.require(actor, "view_cases")
    return tuple(BillCheck.objects.filter(case_id=case_id).select_related("checked_by"))


def get_bills_report(*, actor: Actor, case_id: UUID, check_id: UUID | str) -> tuple[str, bytes]:
    """
    Return the report of a check of bills as (file name, PDF).

    :raises UnknownPaper: if the case has no such check, or its file is gone
    """
    people.require(actor, "view_cases")
    check = find_bill_check(check_id=check_id)
    content = read_file(sha256=check.report_sha256) if check.case_id == case_id else None
    if content is None:
        raise UnknownPaper(N_("There is no check of bills %(id)s."), id=str(check_id))
    return f"{check.case.number}.pdf", content


def say(said: Mapping[str, Any]) -> str:
    """
    Return a stored sentence of a check in the language of the page.
    """
    from tongdian.apps.plans import mapping

    return mapping.say(said)


def _certificate(certificate: Certificate, on: date) -> "CertificateView":
    from tongdian.apps.plans import mapping

    state = "revoked" if certificate.revoked_at else "expired" if certificate.valid_until < on else "valid"
    return CertificateView(
        id=certificate.pk,
        number=certificate.number,
        text=certificate.text,
        payload=mapping.read_certificate(certificate.text, {certificate.key_id: certificate.key.public_key}),
        state=state,
        issued_by=certificate.issued_by.display_name,
        issued_at=certificate.issued_at,
        valid_until=certificate.valid_until,
        reason=certificate.reason,
    )
