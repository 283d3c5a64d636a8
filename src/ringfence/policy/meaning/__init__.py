"""The meaning of a policy: what its parts say of each other, checked on the tree.

These checks look at the tree and not at the types, so that a policy with a mistake of form still
shows all its mistakes of meaning; what has a wrong form is passed over here.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from ringfence.policy.meaning.devices import device_mistakes, domain_mistakes
from ringfence.policy.meaning.duties import duty_mistakes
from ringfence.policy.meaning.flows import flow_mistakes, past_reviews, service_mistakes
from ringfence.policy.meaning.parts import Part, names_of
from ringfence.policy.meaning.standards import past_exceptions, standard_mistakes
from ringfence.policy.meaning.zones import zone_mistakes
from ringfence.policy.problems import Problem
from ringfence.policy.yaml_tree import Node


def mistakes(root: Node) -> Iterator[Problem]:
    """Yield every mistake of meaning in the whole tree of a policy."""
    policy = Part.of(root)
    names = names_of(policy)
    yield from zone_mistakes(policy, names)
    yield from service_mistakes(policy)
    yield from flow_mistakes(policy, names)
    yield from device_mistakes(policy, names)
    yield from domain_mistakes(policy)
    yield from standard_mistakes(policy, names)
    yield from duty_mistakes(policy, names)


def reminders(root: Node, today: datetime.date) -> Iterator[Problem]:
    """Yield what is past its date: exceptions that no longer apply, flows due for review."""
    policy = Part.of(root)
    yield from past_exceptions(policy, today)
    yield from past_reviews(policy, today)
