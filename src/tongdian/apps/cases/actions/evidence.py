"""
What proves a milestone: checked, kept, and noted by the journal without personal text.
"""

from pathlib import Path
from typing import Any

from tongdian.apps.cases.models import Evidence, Milestone
from tongdian.apps.journal import actions as journal
from tongdian.engines import measure
from tongdian.kit.refused import N_, Refused


class UnusableEvidence(Refused):
    """
    Evidence is missing or cannot be what it says.
    """


def keep_evidence(milestone: Milestone, spec: measure.EvidenceSpec, given: Any) -> Any:  # noqa: ANN401 - JSON scalar
    """
    Check one piece of evidence, store it, and return what the journal notes: a number, a file's hash, or a text's seal.
    """
    if given in (None, "", b""):
        if spec.required:
            raise UnusableEvidence(N_("“%(evidence)s” is missing."), evidence=spec.code)
        return None
    stored = Evidence(milestone=milestone, code=spec.code)
    if spec.kind == "number":
        try:
            stored.number = float(given)
        except (TypeError, ValueError):
            raise UnusableEvidence(N_("“%(evidence)s” must be a number: %(given)s."), evidence=spec.code, given=str(given)) from None
        noted: Any = stored.number
    elif spec.kind == "file":
        stored.file_name, content = given
        stored.file_name = Path(stored.file_name).name[:120]
        noted = stored.file_sha256 = journal.keep_file(content=content)
    else:
        stored.text = str(given).strip()[:300]
        noted = journal.seal(subject=milestone.case, field=spec.code, value=stored.text)
    stored.save()
    return noted
