"""Services and flows: that what they name is declared and what they write can be read."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from ringfence.foundation.errors import PolicyError
from ringfence.foundation.text import close_match
from ringfence.policy.meaning.parts import Names, Part, name_mistakes, references, well_formed
from ringfence.policy.meaning.zones import machine_selector_mistakes
from ringfence.policy.problems import Problem, shown
from ringfence.policy.selectors import address_prefix
from ringfence.policy.services import ANY, PROTOCOLS, service_term


def service_mistakes(policy: Part) -> Iterator[Problem]:
    """Yield the mistakes of declared services."""
    services = policy.child("services")
    yield from name_mistakes(services)
    for name, service in services.named():
        if name == ANY or name in PROTOCOLS or name.isdigit():
            yield service.problem("has the name of a protocol; choose another.")
        yield from well_formed(service, service_term)


def flow_mistakes(policy: Part, names: Names) -> Iterator[Problem]:
    """Yield the mistakes of flows."""
    for flow in policy.child("flows").items():
        yield from references(flow.child("from"), "zone", names.zones)
        yield from references(flow.child("to"), "zone", names.zones)
        yield from references(flow.child("through"), "device", names.devices)
        yield from _unknown_services(flow.child("services"), names)
        source = flow.child("from").text
        if source is not None and source == flow.child("to").text:
            sentence = f"goes from {shown(source)} to itself; inside a zone no flow is needed."
            yield flow.problem(sentence)
        for side in ("source", "destination"):
            narrowing = flow.child(side)
            yield from well_formed(narrowing, address_prefix)
            for item in narrowing.items():
                yield from machine_selector_mistakes(item)


def _unknown_services(services: Part, names: Names) -> Iterator[Problem]:
    for word, item in services.words():
        if word in names.services:
            continue
        try:
            service_term(word)
        except PolicyError as error:
            near = close_match(word, names.services)
            hint = f" Did you mean {shown(near)}?" if near else ""
            yield Problem(item.position, f"{error.what} (in {item.name}).{hint}")


def past_reviews(policy: Part, today: datetime.date) -> Iterator[Problem]:
    """Yield flows whose day of review is past."""
    for flow in policy.child("flows").items():
        review = flow.child("review-by")
        if review.day is not None and review.day < today:
            yield review.problem(f"was {review.day}; the flow is due for review.")
