"""What a verb works on: one snapshot, and the policy it is held against."""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.foundation.errors import UsageError
from ringfence.model.inventory import Inventory
from ringfence.model.snapshot import Snapshot
from ringfence.policy.document import Policy
from ringfence.policy.members import Memberships

_NO_MEMBERSHIPS = Memberships(every=(), unlisted=())


@dataclass(frozen=True)
class Subject:
    """A snapshot with its indexes, and the policy and memberships where there is a policy.

    The snapshot holds the policy's devices, read from the configurations that it names.
    ``warnings`` are sentences on what the policy is worth knowing of, none of which is a mistake.
    """

    inventory: Inventory
    policy: Policy | None = None
    memberships: Memberships = _NO_MEMBERSHIPS
    warnings: tuple[str, ...] = ()

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot itself."""
        return self.inventory.snapshot

    def required_policy(self) -> Policy:
        """Return the policy; raises ``UsageError`` where there is none."""
        if self.policy is None:
            message = "There is no policy here: neither ringfence.yaml nor policy.yaml."
            raise UsageError(message, "Name one with --policy, or write one with 'ringfence init'.")
        return self.policy

    def zones_by_attachment(self) -> dict[str, str | None]:
        """Return the zone of each virtual NIC and kernel interface by its id."""
        return {member.attachment: member.zone for member in self.memberships.every}
