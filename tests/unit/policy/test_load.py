"""A policy is loaded whole, or refused with every mistake and where it stands."""

import datetime

import pytest

from ringfence.foundation.errors import PolicyError
from ringfence.policy.load import load_policy

GOOD = """\
ringfence: 1
name: small
configuration: virtual-separation
zones:
  dmz: {trust: 20, networks: ["DMZ-*"]}
  app: {trust: 50, networks: ["APP-*"]}
services: {web: [tcp/80, tcp/443]}
flows:
  - {from: dmz, to: app, services: web, through: inner}
devices:
  inner: {machine: fw-1}
"""

TWELVE = """\
ringfence: 1
name: acme
configuration: full-colapse
zones:
  outside: {trust: 0, external: true, attached: ["edge:wan0"]}
  dmz: {trust: 20, networks: ["DMZ-*"]}
  app: {trsut: 50, trust: 50, networks: [{vlan: 5000}]}
  cde: {trust: 90, sensitive: yes, networks: ["CDE-*"]}
  dmz: {trust: 30, networks: ["X"]}
services:
  web: [tcp/80, tpc/443]
flows:
  - {from: dmz, to: aap, services: web}
  - {from: dmz, to: cde, services: wbe, through: inner}
devices:
  edge: {physical: true, interfaces: {wan: {zone: outside}, lan: {domain: site-b, vlan: 100}}}
fabric: {domains: {site-a: {uplinks: ["*/*"], vlans: 200-100}}}
"""


def problems(path, text):
    """The problems of a policy, without the path before line and column."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as refused:
        load_policy(path)
    return [line.removeprefix(f"{path}:") for line in refused.value.problems]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "policy.yaml"


def test_good_policy_loads(file):
    file.write_text(GOOD)
    loaded = load_policy(file)
    assert loaded.policy.by_trust() == ("dmz", "app")
    assert loaded.policy.flows[0].through == ("inner",)
    assert (loaded.path, loaded.folder, loaded.files) == (file, file.parent, (file,))
    assert loaded.warnings == ()


NAMED = """\
3:16: configuration is "full-colapse", expected physical-separation, virtual-separation or
  full-collapse. Did you mean "full-collapse"?
5:50: "wan0" is not a declared interface of edge (in zones.outside.attached[1]); did you mean
  "wan"? Allowed: wan and lan.
7:9: "trsut" is not a key of zones.app; did you mean "trust"? Allowed: trust, external, sensitive,
  attached, addresses, networks, machines, role and frameworks.
7:49: VLAN 5000 does not exist, the highest is 4094 (in zones.app.networks[1].vlan).
8:31: zones.cde.sensitive is "yes", expected true or false.
9:3: "dmz" is given twice; the first time in line 6.
11:17: "tpc/443" is neither a declared service nor a protocol such as tcp/443, udp/53, icmp, esp
  or any; did you mean "tcp" (in services.web[2]).
13:21: "aap" is not a declared zone (in flows[1].to); did you mean "app"? Allowed: outside, dmz,
  app and cde.
14:36: "wbe" is neither a declared service nor a protocol such as tcp/443, udp/53, icmp, esp or
  any (in flows[2].services). Did you mean "web"?
14:50: "inner" is not a declared device (in flows[2].through); allowed: edge.
16:75: "site-b" is not a declared domain (in devices.edge.interfaces.lan.domain); did you mean
  "site-a"? Allowed: site-a.
17:54: the range 200-100 is the wrong way round; write 100-200 (in fabric.domains.site-a.vlans).
"""


def test_twelve_mistakes_are_all_named_with_their_positions(file):
    assert problems(file, TWELVE) == NAMED.replace("\n  ", " ").splitlines()


def test_each_position_is_that_of_the_mistake(file):
    lines = TWELVE.splitlines()
    wrong = []
    for problem in problems(file, TWELVE):
        line, column, _ = problem.split(":", 2)
        wrong.append(
            lines[int(line) - 1][int(column) - 1 :].strip("\"'").split(",")[0].rstrip("]}")
        )
    assert wrong == [
        "full-colapse",
        'edge:wan0"',
        "trsut: 50",
        "5000",
        "yes",
        "dmz: {trust: 30",
        "tpc/443",
        "aap",
        "wbe",
        "inner",
        "site-b",
        "200-100",
    ]


def test_error_is_one_text_with_a_line_for_each_problem(file):
    file.write_text(TWELVE)
    with pytest.raises(PolicyError) as refused:
        load_policy(file)
    lines = str(refused.value).splitlines()
    assert lines[0] == f"The policy {file} has 12 problems:"
    assert len(lines) == 13


def test_syntax_error_has_its_position(file):
    assert problems(file, "ringfence: 1\nzones: [a\n") == [
        "3:1: this is not YAML: while parsing a flow sequence, did not find expected ',' or ']'."
    ]


def test_policy_that_is_no_mapping(file):
    assert problems(file, "- a\n") == ["1:1: the policy is a list, expected a mapping."]


def test_missing_file(tmp_path):
    with pytest.raises(PolicyError, match=r"has 1 problem:\n.*No such file"):
        load_policy(tmp_path / "absent.yaml")


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", "a\x1b[31m"])
def test_a_name_that_no_file_can_have(tmp_path, name):
    with pytest.raises(PolicyError, match="cannot be read: ") as refused:
        load_policy(tmp_path / name)
    assert "\x1b" not in str(refused.value)


def test_folder_without_yaml(tmp_path):
    with pytest.raises(PolicyError, match="holds no YAML file"):
        load_policy(tmp_path)


def test_files_of_a_folder_are_joined(tmp_path):
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yml").write_text(
        "ringfence: 1\nzones: {cde: {trust: 90, networks: [CDE-300]}}\n"
        "flows: [{from: app, to: cde, services: tcp/1433}]\n"
    )
    loaded = load_policy(tmp_path)
    assert list(loaded.policy.zones) == ["dmz", "app", "cde"]
    assert [flow.to for flow in loaded.policy.flows] == ["app", "cde"]
    assert loaded.folder == tmp_path
    assert str(loaded.position("flows", 1)) == f"{tmp_path / 'b.yml'}:3:9"


def test_files_of_a_folder_that_contradict_each_other(tmp_path):
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text("zones: {dmz: {trust: 30}}\n")
    with pytest.raises(PolicyError) as refused:
        load_policy(tmp_path)
    assert refused.value.problems == (
        (
            f"{tmp_path / 'b.yaml'}:1:22: zones.dmz.trust is given here and at "
            f"{tmp_path / 'a.yaml'}:5:16, and the two differ."
        ),
    )


def test_a_damaged_file_of_a_folder_hides_no_mistake_of_form_elsewhere(tmp_path):
    (tmp_path / "a.yaml").write_text("a: &x 1\na: 2\n")
    (tmp_path / "b.yaml").write_text("zones: [")
    with pytest.raises(PolicyError) as refused:
        load_policy(tmp_path)
    assert len(refused.value.problems) == 2


def test_a_policy_is_laid_over_what_it_extends(tmp_path):
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "base.yaml").write_text(GOOD)
    file = tmp_path / "policy.yaml"
    file.write_text(
        "ringfence: 1\nextends: base/base.yaml\nname: over\n"
        "zones: {app: {trust: 60}, dmz: null, web: {trust: 10, networks: [W]}}\n"
        "flows: []\ndevices: {inner: {config: here}}\n"
    )
    policy = load_policy(file).policy
    assert (policy.name, policy.configuration) == ("over", "virtual-separation")
    assert list(policy.zones) == ["app", "web"]
    assert (policy.zones["app"].trust, policy.zones["app"].networks[0].name) == (60, "APP-*")
    assert policy.flows == ()
    assert (policy.devices["inner"].machine, policy.devices["inner"].config) == ("fw-1", ("here",))


def test_configurations_of_devices_are_beside_the_file_that_names_them(tmp_path):
    (tmp_path / "base" / "devices").mkdir(parents=True)
    base = tmp_path / "base" / "base.yaml"
    base.write_text(GOOD.replace("{machine: fw-1}", "{machine: fw-1, config: devices}"))
    file = tmp_path / "policy.yaml"
    file.write_text("ringfence: 1\nextends: base/base.yaml\n")
    loaded = load_policy(file)
    assert loaded.config_paths("inner") == (tmp_path / "base" / "devices",)
    assert loaded.config_paths("absent") == ()
    assert loaded.warnings == ()


def test_a_configuration_that_is_not_there_is_a_warning(file):
    file.write_text(GOOD.replace("{machine: fw-1}", "{machine: fw-1, config: [a, b]}"))
    warnings = load_policy(file).warnings
    assert len(warnings) == 2
    assert warnings[0].startswith(f"{file}:11:26: devices.inner.config names {file.parent / 'a'}")


def test_what_is_past_its_date_is_a_warning(file):
    file.write_text(
        GOOD.replace("through: inner", "review-by: 2026-01-01") + "exceptions:\n"
        "  - {control: layer2.x, object: IDS, owner: soc, reason: sensor, expires: 2026-11-22}\n"
        "  - {control: layer2.y, object: IDS, owner: soc, reason: sensor, expires: 2026-11-23}\n"
    )
    assert load_policy(file).warnings == ()
    assert load_policy(file, datetime.date(2026, 11, 23)).warnings == (
        f"{file}:9:52: flows[1].review-by was 2026-01-01; the flow is due for review.",
        (
            f"{file}:13:75: exceptions[1].expires was 2026-11-22; the exception from "
            '"layer2.x" no longer applies.'
        ),
    )


@pytest.mark.parametrize(
    ("extends", "sentence"),
    [
        ("pci-dss", '"pci-dss" is not a base policy that is shipped; did you mean "pci-dss-4"?'),
        ("policy.yaml", 'extends names "policy.yaml", which leads back to this policy.'),
        ("./other.yaml", "other.yaml cannot be read: No such file or directory."),
        ('"\\0"', "\\x00"),
        ('"a/\\0.yaml"', "cannot be read: embedded null byte."),
        ("x" * 5000, "is not a base policy that is shipped"),
    ],
)
def test_extends_that_leads_nowhere(file, extends, sentence):
    (problem,) = problems(file, GOOD + f"extends: {extends}\n")
    assert sentence in problem
    assert problem.startswith("12:10: ")


def test_a_circle_of_policies_is_refused(tmp_path):
    (tmp_path / "a.yaml").write_text("extends: b.yaml\n")
    (tmp_path / "b.yaml").write_text("extends: a.yaml\n")
    with pytest.raises(PolicyError, match="leads back to this policy"):
        load_policy(tmp_path / "a.yaml")


def test_positions_of_what_is_not_said_are_the_nearest_above(file):
    file.write_text(GOOD)
    loaded = load_policy(file)
    assert str(loaded.position("zones", "app", "trust")) == f"{file}:6:9"
    assert str(loaded.position("zones", "app", "role")) == f"{file}:6:3"
    assert str(loaded.position("standards")) == f"{file}:1:1"
