"""Roles and permissions."""

from ringfence.model.rights import Capability, Permission, Role

GROUPS = (
    "CORP\\vsphere-admins",
    "CORP\\net-admins",
    "CORP\\sec-admins",
    "CORP\\operators",
    "CORP\\auditors",
)


def role(name: str, *capabilities: Capability) -> Role:
    """A role by its capabilities."""
    return Role(id=f"role-{name}", name=name, privileges=(), capabilities=capabilities)


ROLES = (
    role("admin", "administer"),
    role("network", "configure-networks"),
    role("operator", "assign-networks", "place-machines"),
    role("read"),
)


def permission(on: str | None, principal: str, role_name: str, *, group: bool = True) -> Permission:
    """A permission that propagates."""
    return Permission(
        id=f"{on}/{principal}",
        object=on,
        principal=principal,
        group=group,
        role=f"role-{role_name}",
        propagate=True,
    )


def permissions() -> tuple[Permission, ...]:
    """Duties apart."""
    operated = ("f-dmz", "f-app", "pg-DMZ-100", "pg-APP-200", "pool-dmz", "pool-application")
    return (
        permission("root", "CORP\\vsphere-admins", "admin"),
        permission("root", "CORP\\auditors", "read"),
        permission("f-network", "CORP\\net-admins", "network"),
        permission("f-host", "CORP\\net-admins", "network"),
        *(permission(on, "CORP\\operators", "operator") for on in operated),
    )
