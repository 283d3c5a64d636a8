"""Values of vSphere objects as plain Python: elements become dictionaries, lists and text.

An element with children becomes a dictionary by local name (repeated names a list), its
``xsi:type`` under ``KIND``; one without becomes its text. The same code reads live answers and
saved folders, so what follows never sees XML. What no part of Ringfence uses is left out here,
which is where most of the time goes.
"""

from __future__ import annotations

import re
from typing import Any, Final

from lxml import etree

from ringfence.sources.vsphere.controls import SETTING_KEYS

KIND: Final = "@type"
_XSI_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# Fields that nothing here reads; some change with every machine that is switched on.
_IGNORED: Final = _words(
    """
    alarmActionsEnabled allowGuestControl availableField capability controllerKey cpuFeature
    cpuFeatureMask cpuPkg customValue datastoreUrl dhcp disabledMethod dnsConfig driver
    effectiveRole featureCapability featureVersion files graphicsInfo inShapingPolicy info
    lacpPolicy layout layoutEx licensableResource maskedFeatureCapability migrateConnect
    networkResourcePoolKey numPortsAvailable numaInfo outShapingPolicy qosTag rdmaDevice
    resourceAllocation slotInfo stats status storageDevice summary txUplink unitNumber
    uptCompatibilityEnabled validLinkSpecification vendorSpecificConfig vendorSpecificState
    vmDirectPathGen2Allowed wakeOnLanEnabled wakeOnLanSupported
    """
)
# Devices of a machine that carry no traffic. Any other kind is kept, also one that is not known;
# so are disks and buses that several machines share.
_NO_NETWORK: Final = _words(
    """
    ParaVirtualSCSIController VirtualAHCIController VirtualBusLogicController VirtualCdrom
    VirtualDisk VirtualEnsoniq1371 VirtualFloppy VirtualHdAudioCard VirtualIDEController
    VirtualKeyboard VirtualLsiLogicController VirtualLsiLogicSASController
    VirtualMachineVideoCard VirtualNVDIMM VirtualNVDIMMController VirtualNVMEController
    VirtualPCIController VirtualPS2Controller VirtualParallelPort VirtualPointingDevice
    VirtualPrecisionClock VirtualSATAController VirtualSCSIController VirtualSIOController
    VirtualSoundBlaster16 VirtualSoundCard VirtualTPM VirtualUSB
    VirtualUSBController VirtualUSBXHCIController VirtualVMCIDevice VirtualWDT
    VirtualMachineVMCIDevice
    """
)
_DEVICES: Final = frozenset({"VirtualDevice", "device"})
_OPTIONS: Final = frozenset({"OptionValue", "option", "extraConfig", "setting"})
_SHARED: Final = frozenset({"sharingMultiWriter", "physicalSharing", "virtualSharing"})
_TRUTH: Final = {"true": True, "1": True, "false": False, "0": False}
_SIFTED: Final = _DEVICES | _OPTIONS
_WANTED_OPTION: Final = re.compile(r"ethernet\d+\.filter")


class Plain:
    """Turns elements into plain values; remembers the local names it has met."""

    __slots__ = ("_names",)

    def __init__(self) -> None:
        self._names: dict[Any, str] = {}

    def value(self, element: etree._Element) -> Any:
        """Return the plain value of ``element``."""
        if not len(element):
            return element.text or _empty(element)
        result: dict[str, Any] = {}
        if kind := element.get(_XSI_TYPE):
            result[KIND] = kind.rpartition(":")[2]
        names = self._names
        for child in element:
            tag = child.tag
            name = names.get(tag)
            if name is None:
                name = self.name(tag)
            if name == "" or (name in _SIFTED and not _is_wanted(name, child)):
                continue
            # Most elements are leaves; asking here saves a call for each.
            plain = self.value(child) if len(child) else child.text or _empty(child)
            if name in result:
                others = result[name]
                if type(others) is list:
                    others.append(plain)
                else:
                    result[name] = [others, plain]
            else:
                result[name] = plain
        return result

    def name(self, tag: Any) -> str:
        """Return the local name of a tag, empty for what is left out."""
        found = self._names.get(tag)
        if found is None:
            local = str(tag).rpartition("}")[2]
            found = self._names[tag] = "" if local in _IGNORED else local
        return found


def _empty(element: etree._Element) -> Any:
    kind = element.get(_XSI_TYPE)
    return {KIND: kind.rpartition(":")[2]} if kind else ""


def _is_wanted(name: str, element: etree._Element) -> bool:
    """Whether a device may carry traffic, or an option is one that a check reads.

    An option without a key is kept: it is something else of the same name.
    """
    if name in _DEVICES:
        known = (element.get(_XSI_TYPE) or "").rpartition(":")[2]
        return known not in _NO_NETWORK or _is_shared(element)
    named = next(element.iterchildren("{*}key"), None)
    key = None if named is None else named.text or ""
    return key is None or key in SETTING_KEYS or _WANTED_OPTION.match(key) is not None


def _is_shared(device: etree._Element) -> bool:
    """Tell whether a disk's backing, or a controller's bus, is shared between machines."""
    for child in device.iterchildren("{*}backing", "{*}sharedBus"):
        if child.text in _SHARED or any(
            one.text in _SHARED for one in child.iterchildren("{*}sharing")
        ):
            return True
    return False


def at(value: Any, path: str) -> Any:
    """Return what stands at a path of names below ``value``, ``None`` where there is nothing."""
    for name in path.split("."):
        if type(value) is not dict:
            return None
        value = value.get(name)
    return value


def kind(value: Any) -> str:
    """Return the vSphere type of a value, empty where it does not say."""
    return str(value.get(KIND, "")) if type(value) is dict else ""


def text(value: Any, path: str = "") -> str:
    """Return the text at ``path``, empty where there is none."""
    found = at(value, path) if path else value
    return found if type(found) is str else ""


def items(value: Any, path: str = "") -> list[Any]:
    """Return the list at ``path``: a single value is a list of one, nothing an empty list.

    An array as the property collector returns it (``ArrayOf…``) is opened.
    """
    found = at(value, path) if path else value
    if type(found) is list:
        return found
    if found is None or found == "":
        return []
    if type(found) is dict and kind(found).startswith("ArrayOf"):
        inner = [entry for name, entry in found.items() if name != KIND]
        return items(inner[0]) if inner else []
    return [found]


def texts(value: Any, path: str = "") -> tuple[str, ...]:
    """Return the texts of the list at ``path``."""
    return tuple(entry for entry in items(value, path) if type(entry) is str)


def number(value: Any, path: str = "") -> int | None:
    """Return the whole number at ``path``, ``None`` where there is none; raises ``ValueError``."""
    found = text(value, path)
    return int(found) if found else None


def truth(value: Any, path: str = "") -> bool | None:
    """Return the truth value at ``path``, ``None`` where there is none."""
    return _TRUTH.get(text(value, path))
