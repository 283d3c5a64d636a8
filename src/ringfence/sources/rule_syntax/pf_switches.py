"""How OPNsense and pfSense say that something is switched on: each in its own way.

To pfSense a switch is on where its element stands, whatever it holds; to OPNsense where it holds
anything but nothing and ``0``.
"""

from __future__ import annotations

from lxml import etree


def of_opnsense(element: etree._Element) -> bool:
    """Tell whether an element is of OPNsense's configuration."""
    return element.getroottree().getroot().tag == "opnsense"


def is_set(element: etree._Element, name: str) -> bool:
    """Tell whether a switch of an element is on."""
    found = element.find(name)
    if found is None or not of_opnsense(element):
        return found is not None
    return (found.text or "").strip() not in {"", "0"}


def is_off(element: etree._Element) -> bool:
    """Tell whether an entry is ``disabled``; one that says ``0`` is not, to either system."""
    return is_set(element, "disabled") and element.findtext("disabled") != "0"


def may_be_off(element: etree._Element) -> bool:
    """Tell whether versions differ in that an entry is ``disabled``: OPNsense's may be empty."""
    found = element.find("disabled")
    return found is not None and not (found.text or "").strip() and of_opnsense(element)
