"""
The RDF/XML of CIM (IEC 61970-552) as things with properties. The only file that imports lxml.

No document type is allowed, hence no entities; nothing outside the file is ever fetched.
"""

import io
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from tongdian.engines.grid._formats.cim.cdpsm_model import Model, Thing
from tongdian.engines.grid._formats.cim.cgmes_library import is_cgmes, is_cim, members
from tongdian.engines.grid._formats.frames import UnreadableNetwork
from tongdian.kit.refused import N_

NAMESPACE = "{http://iec.ch/TC57/"  # of CIM in all its versions, and of the headers of files
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
SAFE: Mapping[str, Any] = {
    "resolve_entities": False, "load_dtd": False, "no_network": True, "huge_tree": False, "remove_comments": True, "remove_pis": True,
}  # fmt: skip
SEVERAL = {
    "Asset.PowerSystemResources", "EnergyConnectionProfile.EnergyConnections", "Equipment.AdditionalEquipmentContainer", "Model.profile",
    "ShortCircuitTest.GroundedEnds",
}  # fmt: skip
REPEATED = {"ACLineSegment.b0ch"}  # OpenDSS writes the conductance under this name as well; the first is the susceptance
UNREADABLE = N_("The file %(file)s is no complete XML: %(reason)s.")
OTHER_FORM = N_("The file %(file)s, line %(line)s: <%(kind)s> is not in the form of CIM's RDF (IEC 61970-552).")


def load_model(document: Path | bytes) -> Model:
    """
    Return the things of all profiles in a folder, an archive or a file; what several files say of one thing is put together.

    :raises UnreadableNetwork: if there are none, one cannot be read, is of CGMES, or two contradict each other
    """
    profiles = [(name, content) for name, content in members("", document) if is_cim(content)]
    if not profiles:
        raise UnreadableNetwork(N_("There are no CIM profiles here: XML files of CIM 16, 17 or 100, in a folder or a zip archive."))
    things: dict[str, Thing] = {}
    for name, content in sorted(profiles):
        if is_cgmes(content):
            raise UnreadableNetwork(
                N_("The file %(file)s is a profile of CGMES, not of CIM's distribution profile. Give the files of one of them."), file=name
            )
        _read(name, content, things)
    return Model(things)


def _read(file: str, content: bytes, things: dict[str, Thing]) -> None:
    from lxml import etree

    root = None
    try:
        for _, element in etree.iterparse(io.BytesIO(content), events=("end",), **SAFE):
            if root is None:
                root = _root(file, element.getroottree())
            if element.getparent() is root:
                _take(file, element, things)
                root.remove(element)
    except etree.XMLSyntaxError as error:
        raise UnreadableNetwork(UNREADABLE, file=file, reason=str(error.msg)) from error


def _root(file: str, tree: Any) -> Any:  # noqa: ANN401 - a library without types
    if tree.docinfo.doctype:
        raise UnreadableNetwork(N_("The file %(file)s declares a document type, which could hide anything. Take it out."), file=file)
    root = tree.getroot()
    if root.tag != f"{RDF}RDF":
        raise UnreadableNetwork(OTHER_FORM, file=file, line=root.sourceline, kind=_local(root.tag))
    return root


def _take(file: str, element: Any, things: dict[str, Thing]) -> None:  # noqa: ANN401 - a library without types
    kind = _local(element.tag)
    identifier = _bare(element.get(f"{RDF}ID") or element.get(f"{RDF}about") or "")
    if not identifier or "}" in kind or any(len(one) for one in element):
        raise UnreadableNetwork(OTHER_FORM, file=file, line=element.sourceline, kind=kind)
    thing = things.setdefault(identifier, Thing(kind=kind, id=identifier))
    if thing.kind != kind:
        raise _contradiction(thing, "rdf:type", (thing.kind, kind))
    for one in element:
        name, resource = _local(one.tag), one.get(f"{RDF}resource")
        if resource is None:
            _tell(thing, name, one.text or "")
        elif "://" in resource:
            _tell(thing, name, resource.rpartition("#")[2].rpartition(".")[2])
        else:
            _link(thing, name, _bare(resource))


def _tell(thing: Thing, name: str, value: str) -> None:
    known = thing.values.setdefault(name, value)
    if known != value and name not in REPEATED | SEVERAL:
        raise _contradiction(thing, name, (known, value))


def _link(thing: Thing, name: str, target: str) -> None:
    known = thing.links.setdefault(name, (target,))
    if target not in known:
        if name not in SEVERAL:
            raise _contradiction(thing, name, (*known, target))
        thing.links[name] = (*known, target)


def _contradiction(thing: Thing, name: str, said: Iterable[str]) -> UnreadableNetwork:
    return UnreadableNetwork(
        N_("The %(kind)s %(id)s says of “%(column)s” two things that contradict each other: %(values)s."),
        kind=thing.kind,
        id=thing.name,
        column=name,
        values=", ".join(said),
    )


@lru_cache(4096)
def _local(tag: str) -> str:
    """
    Return the name of a class or property of CIM; others, as of vendors, keep their namespace and are refused by it.
    """
    return tag.rpartition("}")[2] if tag.startswith(NAMESPACE) else tag


def _bare(identifier: str) -> str:
    return identifier.removeprefix("#").removeprefix("urn:uuid:").removeprefix("_")
