"""Where a lab lives: its folder, and the names that it may use outside of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from ringfence.foundation.errors import LabError, UsageError
from ringfence.lab.layout import Layout
from ringfence.model.facts import Record

_RUN: Final = Path("/run/ringfence-lab")
_NAME: Final = re.compile(r"[a-z0-9]{1,16}")
_STATE: Final = "state.json"


class LabState(Record, frozen=True):
    """A lab as it is: ``layout`` as it was built, ``broken`` as it is with the fault ``fault``."""

    layout: Layout
    fault: str = ""
    broken: Layout | None = None

    @property
    def now(self) -> Layout:
        """The layout that is in force."""
        return self.broken or self.layout


@dataclass(frozen=True, slots=True)
class LabPlace:
    """The place of one lab; labs of different names stand side by side.

    Everything that it makes outside ``folder`` is a namespace whose name begins with ``prefix``.
    """

    folder: Path
    prefix: str

    def namespace(self, node: str) -> str:
        """Return the name of a node's namespace."""
        return f"{self.prefix}{node}"

    def of_node(self, node: str) -> Path:
        """Return the folder of a node: its switch's database and sockets."""
        return self.folder / node

    @property
    def policy(self) -> Path:
        """The policy that goes with the lab."""
        return self.folder / "policy.yaml"

    def exists(self) -> bool:
        """Tell whether anything of a lab is there."""
        return self.folder.exists()

    def keep(self, state: LabState) -> None:
        """Write down what the lab is."""
        (self.folder / _STATE).write_bytes(msgspec.json.encode(state))

    def state(self) -> LabState:
        """Return what the lab is; raises ``LabError`` where there is none that is whole."""
        if not self.exists():
            raise LabError("There is no lab.", "'ringfence lab up full-collapse' makes one.")
        try:
            content = (self.folder / _STATE).read_bytes()
            return msgspec.json.decode(content, type=LabState)
        except (OSError, msgspec.DecodeError) as error:
            message = f"The lab in {self.folder} was never finished."
            raise LabError(message, "'ringfence lab down' removes what there is of it.") from error


def lab_place(name: str = "") -> LabPlace:
    """Return the place of the lab ``name``, of the only one without.

    Raises ``UsageError`` for a name that is not of up to 16 small letters and digits.
    """
    if not name:
        return LabPlace(folder=_RUN, prefix="rflab-")
    if not _NAME.fullmatch(name):
        message = f"A lab cannot be called {name!r}."
        raise UsageError(message, "Use up to 16 small letters and digits.")
    return LabPlace(folder=_RUN.with_name(f"{_RUN.name}-{name}"), prefix=f"rflab-{name}-")
