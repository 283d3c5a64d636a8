"""Each mistake of meaning is told in one sentence; what is right is not told of at all."""

import pytest

from ringfence.foundation.errors import PolicyError
from ringfence.policy.load import load_policy

BASE = """\
ringfence: 1
name: base
configuration: full-collapse
zones:
  outside: {trust: 0, external: true, attached: ["edge:wan"]}
  dmz: {trust: 20, networks: ["DMZ-*"], machines: [{folder: /DC/vm/dmz}]}
  management: {trust: 100, role: management}
services: {web: [tcp/80, tcp/443]}
devices:
  edge: {physical: true, interfaces: {wan: {zone: outside}, lan: {domain: site, vlan: 100}}}
  inner: {machine: fw-1, interfaces: {eth0: {nic: Network adapter 1}, eth1: {}}}
fabric: {domains: {site: {uplinks: ["esx-*/vmnic*"]}}}
"""

SOUND = [
    "zones: {app: {trust: 50, machines: [{tag: tier=app, pool: app, name: 'app-*'}]}}",
    "zones: {app: {trust: 50, networks: [{vlan: '100-109, 120', switch: S}]}}",
    "zones: {app: {trust: 50, networks: [{prefix: 10.0.0.0/8}, {prefix: 'fd00::/8'}]}}",
    "zones: {wan: {trust: 1, external: true}}\ndevices: {edge: {interfaces: {w: {zone: wan}}}}",
    "flows: [{from: dmz, to: outside, services: [web, udp/53, any], source: [10.0.0.1]}]",
    "flows: [{from: dmz, to: outside, services: icmp/8, destination: [{name: web-01}]}]",
    "devices: {inner: {interfaces: {eth1: {addresses: ['10.0.0.1/24', 'fd00::1/64']}}}}",
    "devices: {inner: {routes: [{to: 0.0.0.0/0, interface: eth1, via: 10.0.0.254}]}}",
    "standards: {naming: '{zone}-{vlan}', management: {services: [web, tcp/902]}}",
    "duties: {roles: {net: {may: [configure-networks], zones: dmz}}, members: {net: 'x'}}",
]

# What is laid over the base, and below it each problem; longer lines are continued.
WRONG = r"""
zones: {app: {trust: 50}}
  zones.app says neither where it is nor what belongs there; give networks, machines, a role,
    or external: true.
zones: {wan: {trust: 1, external: true}}
  zones.wan is external and attached to nothing; write attached: ["device:interface"], or
    nothing is known to reach it.
zones: {outside: {networks: [X]}}
  zones.outside is external and has networks; what is outside has only attached and addresses.
zones: {dmz: {attached: ['edge:wan']}}
  zones.dmz.attached is for zones with external: true only.
  devices.edge.interfaces.wan says zone: outside, while zones.dmz says it is attached there.
zones: {outside: {attached: [edge]}}
  zones.outside.attached[1] is "edge", expected "device:interface".
zones: {outside: {attached: ['egde:wan']}}
  "egde" is not a declared device (in zones.outside.attached[1]); did you mean "edge"?
    Allowed: edge and inner.
zones: {outside: {attached: ['edge:lan']}}
  devices.edge.interfaces.lan says no zone, while zones.outside says it is attached there.
zones: {outside: {addresses: [10.0.0.1/8]}}
  "10.0.0.1/8" has bits set after its prefix length; write 10.0.0.0/8 (in
    zones.outside.addresses[1]).
zones: {app: {trust: 50, networks: [{}]}}
  zones.app.networks[1] selects nothing; give name, vlan, switch or prefix.
zones: {app: {trust: 50, networks: ['']}}
  zones.app.networks[1] is empty; name a network.
zones: {app: {trust: 50, networks: [{prefix: 10.0.0.0/33}]}}
  "10.0.0.0/33" is not an address or a prefix such as 10.1.0.0/16 or fd00:1::/32 (in
    zones.app.networks[1].prefix).
zones: {app: {trust: 50, networks: [{vlan: 109-100}]}}
  the range 109-100 is the wrong way round; write 100-109 (in zones.app.networks[1].vlan).
zones: {app: {trust: 50, networks: [{vlan: 4095}]}}
  VLAN 4095 does not exist, the highest is 4094 (in zones.app.networks[1].vlan).
zones: {app: {trust: 50, networks: [{name: 'DMZ-*'}]}}
  zones.app.networks[1] selects the same as zones.dmz.networks[1] in line 6; what falls in two
    zones is in neither.
zones: {app: {trust: 50, machines: [{folder: /DC/vm/dmz}]}}
  zones.app.machines[1] selects the same as zones.dmz.machines[1] in line 6; what falls in two
    zones is in neither.
zones: {app: {trust: 50, machines: [{}]}}
  zones.app.machines[1] selects nothing; give tag, folder, pool or name.
zones: {app: {trust: 50, machines: [{tag: app}]}}
  zones.app.machines[1].tag is "app", expected "category=name".
zones: {app: {trust: 50, machines: [{folder: vm/app}]}}
  zones.app.machines[1].folder is "vm/app", expected a path from the root such as /DC/vm/app.
zones: {admin: {trust: 100, role: management}}
  zones.admin.role is "management", which zones.management.role has already; a role is one
    zone's.
zones: {'a:b': {trust: 50, networks: [X]}}
  "a:b" cannot be a name; use letters, digits, spaces and . _ - and begin with a letter or
    digit.
services: {tcp: tcp/80}
  services.tcp has the name of a protocol; choose another.
services: {web: [tcp/70000]}
  "tcp/70000" has the port 70000, the highest is 65535 (in services.web[1]).
flows: [{from: dmz, to: dmz, services: any}]
  flows[1] goes from "dmz" to itself; inside a zone no flow is needed.
flows: [{from: dmz, to: outside, services: any, source: [web-01]}]
  "web-01" is not an address or a prefix such as 10.1.0.0/16 or fd00:1::/32 (in
    flows[1].source[1]).
flows: [{from: dmz, to: outside, services: any, destination: [{tag: x}]}]
  flows[1].destination[1].tag is "x", expected "category=name".
devices: {x: {}}
  devices.x is neither physical nor a machine; give physical: true, or machine: a pattern.
devices: {edge: {machine: fw-2}}
  devices.edge.machine names a machine, while the device says physical: true.
devices: {edge: {interfaces: {dmz: {}}}}
  devices.edge.interfaces.dmz is attached to nothing; give zone, or domain and vlan.
devices: {edge: {interfaces: {dmz: {nic: x}}}}
  devices.edge.interfaces.dmz has a nic, while its device is physical.
devices: {edge: {interfaces: {lan: {zone: outside}}}}
  devices.edge.interfaces.lan has zone and domain; an interface is attached to one.
devices: {edge: {interfaces: {dmz: {domain: site}}}}
  devices.edge.interfaces.dmz has a domain and no vlan; give its number, 0 for untagged.
devices: {inner: {interfaces: {eth2: {vlan: 5}}}}
  devices.inner.interfaces.eth2 has a vlan and no domain; say of which domain.
devices: {inner: {interfaces: {eth2: {zone: dmz}}}}
  devices.inner.interfaces.eth2 has zone: dmz, which is not external; attach it to the domain
    and VLAN, or to the nic, where that zone is.
devices: {inner: {interfaces: {eth2: {addresses: x}}}}
  "x" is not an address with prefix length such as 10.1.100.1/24 (in
    devices.inner.interfaces.eth2.addresses).
devices: {inner: {routes: [{to: any, interface: eth0}]}}
  "any" is not an address or a prefix such as 10.1.0.0/16 or fd00:1::/32 (in
    devices.inner.routes[1].to).
devices: {inner: {routes: [{to: '::/0', interface: eth9, via: x}]}}
  "x" is not an address such as 10.1.100.254 (in devices.inner.routes[1].via).
  "eth9" is not a declared interface (in devices.inner.routes[1].interface); did you mean
    "eth1"? Allowed: eth0 and eth1.
fabric: {domains: {site: {uplinks: [vmnic0]}}}
  fabric.domains.site.uplinks[1] is "vmnic0", expected "host/physical-nic" such as
    esx-*/vmnic*.
fabric: {domains: {two: {uplinks: ['esx-*/vmnic*']}}}
  fabric.domains.two.uplinks[1] is the same as fabric.domains.site.uplinks[1]; an uplink leads
    to one domain.
fabric: {domains: {site: {vlans: '1,5000'}}}
  VLAN 5000 does not exist, the highest is 4094 (in fabric.domains.site.vlans).
standards: {vlans: {reserved: [4-3]}}
  the range 4-3 is the wrong way round; write 3-4 (in standards.vlans.reserved[1]).
standards: {naming: '{zone}-{vlam}'}
  "vlam" is not a word that names can hold (in standards.naming); did you mean "vlan"?
    Allowed: zone, vlan, switch and cluster.
standards: {nics: {one-zone-per-nic: [cde]}}
  "cde" is not a declared zone (in standards.nics.one-zone-per-nic[1]); allowed: outside, dmz
    and management.
standards: {management: {services: [wep]}}
  "wep" is neither a declared service nor a protocol such as tcp/443, udp/53, icmp, esp or
    any; did you mean "esp" (in standards.management.services[1]).
standards: {management: {networks: [x]}}
  "x" is not an address or a prefix such as 10.1.0.0/16 or fd00:1::/32 (in
    standards.management.networks[1]).
standards: {resources: {zones: {dzm: {cpu-limit: 10%}}}}
  "dzm" is not a declared zone (in standards.resources.zones); did you mean "dmz"? Allowed:
    outside, dmz and management.
standards: {resources: {zones: {dmz: {cpu-limit: 110%}}}}
  "110%" is not a share from 0% to 100% (in standards.resources.zones.dmz.cpu-limit).
duties: {roles: {net: {may: [administer], zones: [dmx]}}}
  "dmx" is not a declared zone (in duties.roles.net.zones[1]); did you mean "dmz"? Allowed:
    outside, dmz and management.
duties: {members: {net: [me]}}
  "net" is not a declared role (in duties.members); duties.roles declares none.
duties: {four-eyes: {zones: cde}}
  "cde" is not a declared zone (in duties.four-eyes.zones); allowed: outside, dmz and
    management.
duties: {never-together: [[administer, administer]]}
  duties.never-together[1] names administer twice; it takes two different rights.
"""


def cases():
    """Each text with the problems that it has."""
    found, text = {}, ""
    for line in WRONG.replace("\n    ", " ").strip().splitlines():
        if line.startswith("  "):
            found[text].append(line.strip())
        else:
            text = line
            found[text] = []
    return found.items()


@pytest.fixture
def laid_over(tmp_path):
    """The base with a text laid over it, loaded; its problems without their positions."""

    def load(text):
        (tmp_path / "base.yaml").write_text(BASE)
        file = tmp_path / "policy.yaml"
        file.write_text(f"ringfence: 1\nextends: base.yaml\n{text}\n")
        try:
            load_policy(file)
        except PolicyError as error:
            return [problem.split(": ", 1)[1] for problem in error.problems]
        return []

    return load


@pytest.mark.parametrize("text", SOUND)
def test_what_is_right_is_not_told_of(laid_over, text):
    assert laid_over(text) == []


@pytest.mark.parametrize(("text", "problems"), cases())
def test_what_is_wrong_is_told_once(laid_over, text, problems):
    assert sorted(laid_over(text)) == sorted(problems)


def test_a_policy_without_zones_is_refused(tmp_path):
    file = tmp_path / "policy.yaml"
    file.write_text("ringfence: 1\nname: x\nconfiguration: full-collapse\nzones: {}\n")
    with pytest.raises(PolicyError, match="zones is empty; declare a zone at least"):
        load_policy(file)
