"""A fault is planted in a running lab, and mended again."""

from __future__ import annotations

import msgspec

from ringfence.foundation.errors import LabError
from ringfence.lab.changing import change
from ringfence.lab.fault import Fault, fault_named
from ringfence.lab.place import LabPlace, LabState


def break_lab(place: LabPlace, name: str) -> Fault:
    """Plant a fault and return it.

    What it will be is written down before it is done. Raises ``UsageError`` where there is no such
    fault for the lab, ``LabError`` where one is planted already, or a step fails.
    """
    state = place.state()
    fault = fault_named(name, state.layout.configuration)
    if state.fault:
        message = f"The lab is broken already, by {state.fault}."
        raise LabError(message, "'ringfence lab mend' mends it.")
    broken = fault.plant(state.layout)
    place.keep(LabState(layout=state.layout, fault=name, broken=broken))
    change(place, state.layout, broken)
    return fault


def mend(place: LabPlace) -> str:
    """Take the fault away and return its name, empty where there was none."""
    state = place.state()
    if state.broken is None:
        return ""
    change(place, state.broken, state.layout)
    place.keep(msgspec.structs.replace(state, fault="", broken=None))
    return state.fault
