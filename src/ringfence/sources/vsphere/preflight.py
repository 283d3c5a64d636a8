"""What an account may read, compared with the published role, before anything is read.

The role has few privileges, but they have to hold from the root folder down: an object that the
account cannot see is missing from every list, and nothing else tells that it exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ringfence.connections.soap import (
    Reference,
    VsphereFaultError,
    reference_element,
    text_element,
)
from ringfence.connections.vsphere import VsphereConnection
from ringfence.foundation.errors import SourceError
from ringfence.foundation.text import counted, listed
from ringfence.sources.vsphere.catalogue import CATALOGUE, Privilege, Wanted, role_privileges

# Where privileges are asked for: the root, and where an organisation often stops propagation.
_KINDS: Final = ("Folder", "Datacenter", "ComputeResource", "DistributedVirtualSwitch", "Network")
_OBJECTS_OF_A_CALL: Final = 100


@dataclass(frozen=True)
class Lack:
    """A privilege that the account does not have on some objects; ``lost`` needs it there."""

    privilege: Privilege
    objects: tuple[str, ...]
    everywhere: bool
    lost: tuple[Wanted, ...]

    @property
    def facts(self) -> tuple[str, ...]:
        """What would not be read: object type and fact."""
        return tuple(dict.fromkeys(f"{wanted.type}: {wanted.gives}" for wanted in self.lost))

    @property
    def verdicts(self) -> tuple[str, ...]:
        """What would be UNKNOWN."""
        return tuple(dict.fromkeys(wanted.needed_for for wanted in self.lost))


@dataclass(frozen=True)
class PreflightReport:
    """What an account lacks of the published role; nothing, where it may read everything."""

    server: str
    account: str
    privileges: tuple[str, ...]
    lacks: tuple[Lack, ...]
    checked: int

    @property
    def complete(self) -> bool:
        """Whether the account may read every fact of the catalogue."""
        return not self.lacks

    def sentence(self) -> str:
        """Say in one sentence whether the account is enough."""
        if self.complete:
            objects = counted(self.checked, "object")
            return f"{self.account} may read every fact on {self.server}, asked on {objects}."
        facts = sum(len(lack.facts) for lack in self.lacks)
        missing = listed(lack.privilege for lack in self.lacks)
        return (
            f"{self.account} lacks {missing} on {self.server}: {counted(facts, 'fact')} would not "
            f"be read, and {listed(self._verdicts(), most=3)} would be UNKNOWN."
        )

    def _verdicts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(verdict for lack in self.lacks for verdict in lack.verdicts))


def preflight(connection: VsphereConnection) -> PreflightReport:
    """Return what the connection's account lacks.

    Raises ``SourceError`` where the server does not tell what the account may do.
    """
    session = _session(connection)
    objects = _objects(connection)
    wanted = role_privileges()
    without: dict[str, list[str]] = {privilege: [] for privilege in wanted}
    for start in range(0, len(objects), _OBJECTS_OF_A_CALL):
        page = objects[start : start + _OBJECTS_OF_A_CALL]
        for identity, privilege in _denied(connection, page, session, wanted):
            without.setdefault(privilege, []).append(identity)
    lacks = tuple(
        Lack(
            privilege=privilege,
            objects=tuple(sorted(without[privilege])),
            everywhere=len(without[privilege]) == len(objects),
            lost=tuple(entry for entry in CATALOGUE if entry.privilege == privilege),
        )
        for privilege in wanted
        if without[privilege]
    )
    return PreflightReport(
        server=connection.endpoint,
        account=connection.account,
        privileges=wanted,
        lacks=lacks,
        checked=len(objects),
    )


def _session(connection: VsphereConnection) -> str:
    """Return the key of our own session, which privileges are asked for."""
    manager = connection.managers["sessionManager"]
    arguments = (
        f"<specSet><propSet>{text_element('type', manager.type)}"
        f"{text_element('pathSet', 'currentSession')}</propSet>"
        f"<objectSet>{reference_element('obj', manager)}</objectSet></specSet><options/>"
    )
    collector = connection.managers["propertyCollector"]
    answer = connection.call("RetrievePropertiesEx", collector, arguments)
    key = next((element.text for element in answer.iter("{*}key") if element.text), None)
    if key is None:
        raise SourceError(
            f"{connection.endpoint} does not tell the session of {connection.account}.",
            "Log in again; without a session privileges cannot be asked for.",
        )
    return key


def _objects(connection: VsphereConnection) -> list[Reference]:
    """Return the root folder and the objects below it where permissions usually stand."""
    root = connection.managers["rootFolder"]
    types = "".join(text_element("type", kind) for kind in _KINDS)
    made = connection.call(
        "CreateContainerView",
        connection.managers["viewManager"],
        reference_element("container", root) + types + text_element("recursive", "true"),
    )
    view = Reference("ContainerView", made.findtext("{*}returnval") or "")
    arguments = (
        f"<specSet><propSet>{text_element('type', view.type)}{text_element('pathSet', 'view')}"
        f"</propSet><objectSet>{reference_element('obj', view)}</objectSet></specSet><options/>"
    )
    collector = connection.managers["propertyCollector"]
    try:
        answer = connection.call("RetrievePropertiesEx", collector, arguments)
    finally:
        connection.call("DestroyView", view)
    members = (
        Reference(element.get("type") or "", element.text or "")
        for element in answer.iter("{*}ManagedObjectReference")
    )
    return [root, *members]


def _denied(
    connection: VsphereConnection,
    objects: Sequence[Reference],
    session: str,
    privileges: Sequence[str],
) -> list[tuple[str, str]]:
    """Return pairs of object and privilege that the session does not have."""
    manager = connection.managers["authorizationManager"]
    arguments = (
        "".join(reference_element("entity", reference) for reference in objects)
        + text_element("sessionId", session)
        + "".join(text_element("privId", privilege) for privilege in privileges)
    )
    try:
        answer = connection.call("HasPrivilegeOnEntities", manager, arguments)
    except VsphereFaultError as fault:
        raise SourceError(
            f"{connection.endpoint} does not tell what {connection.account} may do: {fault.kind}.",
            "Collect without the comparison: what cannot be read will be shown as such.",
        ) from fault
    return [
        (entity.findtext("{*}entity") or "", availability.findtext("{*}privId") or "")
        for entity in answer.iterchildren("{*}returnval")
        for availability in entity.iterchildren("{*}privAvailability")
        if availability.findtext("{*}isGranted") != "true"
    ]
