"""What matches nothing in the inventory is told, with its position."""

from placed import Placed
from ringfence.model.facts import NotRead
from ringfence.policy.load import load_policy
from ringfence.policy.unmatched import unmatched

POLICY = """\
ringfence: 1
name: x
configuration: full-collapse
clusters:
  compute: {configuration: virtual-separation}
  comptue: {configuration: virtual-separation}
zones:
  dmz:
    trust: 20
    networks: ["DMZ-*", "DZM-*", {vlan: 7}, {prefix: 10.0.0.0/8}]
    machines: [{folder: /DC/vm/dmz}, {folder: /DC/vm/dzm}]
devices:
  inner: {machine: "fw-*"}
  outer: {machine: "gw-*"}
fabric: {domains: {site: {uplinks: ["esx-*/vmnic*"]}}}
"""


def sentences(tmp_path, placed):
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY)
    found = unmatched(load_policy(file), placed.inventory)
    return [line.removeprefix(f"{file}:") for line in found]


def test_selectors_and_names_without_an_object(tmp_path):
    placed = Placed().group("DMZ-100").machine("web", "DMZ-100", folder="/DC/vm/dmz")
    placed.machine("fw-1").machine("fw-2").machine("gw-1", template=True)
    assert sentences(tmp_path, placed) == [
        "6:3: clusters.comptue is the name of no cluster, datacenter or site.",
        '10:25: zones.dmz.networks[2] (name "DZM-*") matches no network.',
        "10:34: zones.dmz.networks[3] (vlan 7) matches no network.",
        '11:38: zones.dmz.machines[2] (folder "/DC/vm/dzm") matches no machine.',
        (
            "13:11: devices.inner.machine matches 2 machines, fw-1 and fw-2; each counts as this "
            "device."
        ),
        "14:11: devices.outer.machine matches no machine; the device is not there.",
    ]


def test_what_was_not_read_may_answer(tmp_path):
    unread = NotRead(reason="no-permission")
    placed = Placed().group("DMZ-100", unread).machine("web", folder=unread)
    told = "\n".join(sentences(tmp_path, placed))
    assert "vlan 7" not in told
    assert "machines[2]" not in told
