"""Whatever stands in a policy, the loader says what is wrong in sentences, or loads it."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.foundation.errors import PolicyError
from ringfence.policy.document import Policy
from ringfence.policy.load import load_policy

PROBLEM = re.compile(r".+:\d+:\d+: \S.*\.(.*\?|.*\.)?", re.DOTALL)

WORDS = [
    "ringfence", "name", "extends", "configuration", "zones", "flows", "devices", "services",
    "fabric", "domains", "standards", "duties", "exceptions", "trust", "external", "attached",
    "networks", "machines", "role", "vlan", "vlans", "prefix", "from", "to", "through", "source",
    "interfaces", "zone", "domain", "uplinks", "native", "roles", "members", "may", "expires",
    "management", "dmz", "edge:wan", "tcp/443", "10.0.0.0/8", "full-collapse", "100%", "*/*",
]  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(WORDS)
    | st.text(max_size=10)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=20,
)
POLICIES = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys((field.alias or "" for field in Policy.model_fields.values()), VALUES),
)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz") / "policy.yaml"


def outcome(file, content):
    file.write_bytes(content)
    try:
        load_policy(file)
    except PolicyError as error:
        problems = error.problems
    else:
        return
    assert problems
    for problem in problems:
        assert PROBLEM.fullmatch(problem), problem


@given(policy=POLICIES)
def test_any_values_under_the_right_keys(file, policy):
    outcome(file, json.dumps(policy, ensure_ascii=True).encode())


@given(content=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes(file, content):
    outcome(file, content)


SOUND = b"""\
ringfence: 1
name: sound
configuration: full-collapse
zones:
  outside: {trust: 0, external: true, attached: ["edge:wan"], addresses: ["::/0"]}
  dmz: {trust: 20, networks: ["DMZ-*", {vlan: 100-109, switch: Zones}], machines: [{tag: a=b}]}
  management: {trust: 100, role: management}
services: {web: [tcp/80, tcp/443]}
flows: [{from: outside, to: dmz, services: web, through: edge, source: [10.0.0.0/8]}]
devices: {edge: {physical: true, interfaces: {wan: {zone: outside}, lan: {domain: s, vlan: 1}}}}
fabric: {domains: {s: {uplinks: ["a/*"], vlans: "1,2-4", native: none}}}
standards: {resources: {zones: {dmz: {cpu-limit: 30%}}}, naming: "{zone}-{vlan}"}
duties: {roles: {r: {may: [administer], zones: dmz}}, members: {r: [me]}}
exceptions: [{control: c, object: o, owner: w, reason: r, expires: 2027-01-01}]
"""


def test_the_sound_policy_is_sound(file):
    file.write_bytes(SOUND)
    assert load_policy(file).warnings == ()


@given(
    at=st.integers(0, len(SOUND) - 1),
    length=st.integers(0, 12),
    new=st.binary(max_size=4)
    | st.sampled_from([b"[", b"}", b": ", b"- ", b"\n", b"&a ", b"*a", b"!x "]),
)
def test_a_sound_policy_with_one_damage(file, at, length, new):
    outcome(file, SOUND[:at] + new + SOUND[at + length :])
