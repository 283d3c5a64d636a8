"""Duties: that members have declared roles, and that roles name declared zones."""

from __future__ import annotations

from collections.abc import Iterator

from ringfence.policy.meaning.parts import Names, Part, references
from ringfence.policy.problems import Problem, unknown


def duty_mistakes(policy: Part, names: Names) -> Iterator[Problem]:
    """Yield the mistakes of the duties."""
    duties = policy.child("duties")
    roles = tuple(name for name, _ in duties.child("roles").named())
    for _, role in duties.child("roles").named():
        yield from references(role.child("zones"), "zone", names.zones)
    for name, members in duties.child("members").named():
        if name not in roles:
            kind = "a declared role (in duties.members)"
            nothing = "duties.roles declares none"
            yield Problem(members.position, unknown(kind, name, roles, nothing))
    yield from references(duties.child("four-eyes", "zones"), "zone", names.zones)
    for pair in duties.child("never-together").items():
        words = [word for word, _ in pair.words()]
        if len(words) == 2 and words[0] == words[1]:
            yield pair.problem(f"names {words[0]} twice; it takes two different rights.")
