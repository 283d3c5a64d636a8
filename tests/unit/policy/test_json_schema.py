"""The published schema is current, and takes what the loader takes."""

import json
from pathlib import Path

import jsonschema
import pytest

from ringfence.foundation.errors import PolicyError
from ringfence.policy.json_schema import policy_schema, schema_path, schema_text
from ringfence.policy.load import load_policy
from ringfence.policy.yaml_tree import plain, read_tree

HARBOUR = Path(__file__).parents[3] / "examples" / "harbour"

GOOD = {
    "ringfence": 1,
    "name": "x",
    "configuration": "full-collapse",
    "zones": {
        "dmz": {"trust": 20, "networks": ["DMZ-*", {"vlan": 100}, {"vlan": "1-9, 11"}]},
        "app": {"trust": 50, "machines": [{"tag": "a=b"}], "frameworks": "pci-dss-4"},
    },
    "flows": [
        {"from": "dmz", "to": "app", "services": "any", "source": ["10.0.0.1", {"name": "x"}]},
        {"from": "app", "to": "dmz", "services": ["tcp/1"], "review-by": "2027-01-31"},
    ],
    "fabric": {"domains": {"a": {"uplinks": "a/*", "native": "none"}, "b": {"native": 1}}},
    "clusters": {"compute": {"configuration": "virtual-separation"}},
    "standards": {"vlans": {"native": None, "reserved": [5, "7-9"]}, "naming": None},
    "duties": {"roles": {"r": {"may": ["administer"]}}, "members": {"r": "me"}},
}
# Where a value is put, and the value; each is a mistake of form.
BAD = [
    (("ringfence",), 2),
    (("name",), 5),
    (("configuration",), "collapse"),
    (("more",), 1),
    (("zones",), []),
    (("zones", "dmz"), None),
    (("zones", "dmz", "trust"), 101),
    (("zones", "dmz", "trust"), "20"),
    (("zones", "dmz", "trust"), True),
    (("zones", "dmz", "role"), "boss"),
    (("zones", "dmz", "external"), "yes"),
    (("zones", "dmz", "networks"), "DMZ"),
    (("zones", "dmz", "networks"), [5]),
    (("zones", "dmz", "networks"), [{"vlan": "a"}]),
    (("zones", "dmz", "networks"), [{"vlan": True}]),
    (("zones", "dmz", "addresses"), [1]),
    (("flows",), {}),
    (("flows", 0, "services"), []),
    (("flows", 0, "services"), 5),
    (("flows", 0, "source"), [5]),
    (("flows", 0, "source"), [{"nam": "x"}]),
    (("flows", 0, "from_"), "dmz"),
    (("flows", 1, "review-by"), "2027-02-30"),
    (("flows", 1, "log"), 1),
    (("fabric", "domains", "a", "native"), 0),
    (("fabric", "domains", "a", "native"), "all"),
    (("standards", "vlans", "reserved"), ["x"]),
    (("duties", "roles", "r", "may"), ["rule"]),
    (("duties", "never-together"), [["administer"]]),
    (("exceptions",), [{"control": "x"}]),
]
MISSING = [
    ("ringfence",),
    ("name",),
    ("configuration",),
    ("zones",),
    ("zones", "dmz", "trust"),
    ("flows", 0, "services"),
    ("flows", 0, "to"),
    ("clusters", "compute", "configuration"),
    ("duties", "roles", "r", "may"),
]


@pytest.fixture(scope="module")
def accepts():
    schema = policy_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    return validator.is_valid


@pytest.fixture
def loads(tmp_path):
    def load(policy):
        file = tmp_path / "policy.yaml"
        file.write_text(json.dumps(policy))
        try:
            load_policy(file)
        except PolicyError:
            return False
        return True

    return load


def changed(path, value):
    """The good policy with one value put in, or taken out where it is ``...``."""
    policy = json.loads(json.dumps(GOOD))
    part = policy
    for step in path[:-1]:
        part = part[step]
    if value is ...:
        del part[path[-1]]
    else:
        part[path[-1]] = value
    return policy


def test_published_schema_is_current():
    # To renew it: python -c "from ringfence.policy.json_schema import *;
    # schema_path().write_text(schema_text())"
    assert schema_path().read_text(encoding="utf-8") == schema_text()


def test_both_take_what_is_right(accepts, loads):
    assert (accepts(GOOD), loads(GOOD)) == (True, True)


@pytest.mark.parametrize(("path", "value"), BAD)
def test_both_refuse_a_wrong_value(accepts, loads, path, value):
    policy = changed(path, value)
    assert (accepts(policy), loads(policy)) == (False, False)


@pytest.mark.parametrize("path", MISSING)
def test_both_refuse_what_lacks_something(accepts, loads, path):
    policy = changed(path, ...)
    assert (accepts(policy), loads(policy)) == (False, False)


def test_both_take_a_policy_that_leaves_to_its_base_what_it_does_not_say(accepts, loads, tmp_path):
    (tmp_path / "base.json").write_text(json.dumps(GOOD))
    over = {
        "ringfence": 1,
        "extends": "./base.json",
        "zones": {"dmz": {"sensitive": True}, "cde": {"trust": 90, "networks": ["C"]}},
        "fabric": {"domains": {"b": None}},
        "duties": {"roles": {"r": {"zones": "app"}}},
    }
    assert (accepts(over), loads(over)) == (True, True)


@pytest.mark.parametrize("name", ["policy.yaml", "policy-faulty.yaml"])
def test_policies_of_harbour_name_the_schema_and_fit_it(accepts, name):
    file = HARBOUR / name
    first_line = file.read_text(encoding="utf-8").splitlines()[0]
    schema = first_line.removeprefix("# yaml-language-server: $schema=")
    assert (file.parent / schema).resolve().read_text(encoding="utf-8") == schema_text()
    tree, _ = read_tree(file.read_bytes(), name)
    assert accepts(plain(tree))
