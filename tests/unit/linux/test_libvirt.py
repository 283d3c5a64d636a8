"""Machines of libvirt on a saved host: where their NICs are, and what is not known of them."""

import json
from dataclasses import replace

import pytest

from linux_proof import DATA, verdicts
from ringfence.model.facts import NotRead
from ringfence.sources.linux.bundle import Answer
from ringfence.sources.linux.bundle_folder import read_bundle
from ringfence.sources.linux.snapshot import snapshot_of

WHOLE = read_bundle(DATA / "kvm1")
UUID = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
DOMAIN = """<domain type='kvm'{running}>
  <name>web2</name><uuid>{uuid}</uuid>
  <memory unit='GiB'>2</memory><vcpu>2</vcpu>
  <cputune><shares>512</shares></cputune>
  <memtune><hard_limit unit='MiB'>4096</hard_limit></memtune>
  <devices>
    <interface type='bridge'>
      <mac address='52:54:00:AA:00:01'/>
      <source bridge='br0'/>
      <vlan><tag id='{tag}'/></vlan>
      <virtualport type='openvswitch'/>
      {target}{more}
    </interface>
  </devices>
</domain>"""
TARGET = "<target dev='vnet0'/>"


def with_domain(text: str, port: dict[str, object] | None = None):
    """The host with a machine of libvirt, and its port on br0 where it runs."""
    answers = dict(WHOLE.answers)
    answers["domains"] = Answer(("virsh",), 0, UUID.encode())
    answers[f"domain.{UUID}"] = Answer(("virsh",), 0, text.encode())
    if port is not None:
        _add(answers, "ovs-interface", name="vnet0", type="")
        _add(answers, "ovs-port", name="vnet0", interfaces=["uuid", "ovs-interface-new"], **port)
        table = json.loads(answers["ovs-bridge"].stdout)
        ports = table["data"][0][table["headings"].index("ports")]
        ports[1].append(["uuid", "ovs-port-new"])
        _put(answers, "ovs-bridge", table)
    return replace(WHOLE, answers=answers)


def _add(answers, of, /, **columns):
    table = json.loads(answers[of].stdout)
    columns["_uuid"] = ["uuid", f"{of}-new"]
    table["data"].append([columns.get(each, ["set", []]) for each in table["headings"]])
    _put(answers, of, table)


def _put(answers, name, table):
    answers[name] = replace(answers[name], stdout=json.dumps(table).encode())


def domain(*, runs=True, tag=10, target=TARGET, more=""):
    running = " id='3'" if runs else ""
    return DOMAIN.format(running=running, uuid=UUID, tag=tag, target=target, more=more)


def machine(bundle):
    return next(one for one in snapshot_of([bundle]).machines if one.name == "web2")


def test_a_running_machine_is_on_the_port_of_its_interface():
    bundle = with_domain(domain(), {"tag": 10})
    found = machine(bundle)
    assert found.power == "on"
    assert found.nics[0].port_group == "linux:kvm1/switch/br0/group/10"
    assert (found.memory_mib, found.cpu_count) == (2048, 2)
    assert (found.cpu.shares, found.memory.limit) == (512, 4096)
    assert set(verdicts(bundle).values()) == {"PROVED"}


def test_what_the_switch_says_counts_not_what_libvirt_asked_for():
    bundle = with_domain(domain(tag=10), {"tag": 20})
    assert "VIOLATED" in verdicts(bundle).values()


def test_a_machine_that_is_off_is_where_it_would_start():
    found = machine(with_domain(domain(runs=False, tag=20, target="")))
    assert found.power == "off"
    assert found.nics[0].port_group == "linux:kvm1/switch/br0/group/20"
    assert (found.nics[0].connected, found.nics[0].start_connected) == (False, True)


def test_an_interface_that_no_machine_claims_may_lead_anywhere():
    snapshot = snapshot_of([with_domain("<domain/>", {"tag": 10})])
    (member,) = snapshot.switches[0].members
    assert [uplink.name for uplink in member.uplinks] == ["nic0", "vnet0"]
    # A trunk to somebody unknown may join all of its VLANs.
    assert "PROVED" not in verdicts(with_domain("<domain/>", {})).values()


@pytest.mark.parametrize(
    "text",
    [domain()[:-30], "<network/>", "<!DOCTYPE x [<!ENTITY a 'b'>]><domain/>", ""],
    ids=["cut off", "another element", "a document type", "nothing"],
)
def test_a_description_that_cannot_be_read_is_unread(text):
    snapshot = snapshot_of([with_domain(text, {"tag": 10})])
    assert [one.property for one in snapshot.unread] == [f"domain.{UUID}"]
    (member,) = snapshot.switches[0].members
    assert "vnet0" in [uplink.name for uplink in member.uplinks]


def test_a_network_filter_may_stop_what_it_does():
    found = machine(with_domain(domain(more="<filterref filter='clean-traffic'/>"), {"tag": 10}))
    assert isinstance(found.nics[0].port_filters, NotRead)
    assert "clean-traffic" in found.nics[0].port_filters.detail


def test_a_nic_on_something_else_is_not_taken_for_unattached():
    text = domain(runs=False, target="").replace("bridge='br0'", "bridge='br7'")
    assert isinstance(machine(with_domain(text)).nics[0].port_group, NotRead)


def test_a_device_given_to_a_machine_may_be_any_nic():
    given = "</interface><hostdev mode='subsystem' type='pci'/><interface type='user'>"
    found = machine(with_domain(domain(more=given), {"tag": 10}))
    assert isinstance(found.passthrough[0].physical_nic, NotRead)
    assert isinstance(found.nics[1].port_group, NotRead)


@pytest.mark.parametrize(
    ("kind", "may_be"), [("pci", True), ("usb", True), ("mdev", True), ("scsi", False)]
)
def test_only_what_is_surely_no_nic_is_left_out_of_devices_given(kind, may_be):
    text = domain().replace("</devices>", f"<hostdev mode='subsystem' type='{kind}'/></devices>")
    bundle = with_domain(text, {"tag": 10})
    assert bool(machine(bundle).passthrough) is may_be
    assert ("PROVED" not in verdicts(bundle).values()) is may_be


def with_options(*options):
    """A machine with options of qemu itself, which libvirt hands on."""
    words = "".join(f"<q:arg value='{one}'/>" for one in options)
    more = f"<q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'>{words}"
    return with_domain(
        domain().replace("</domain>", f"{more}</q:commandline></domain>"), {"tag": 10}
    )


@pytest.mark.parametrize(
    "options",
    [
        ("-netdev", "tap,id=x"),
        ("--nic", "user"),
        ("-net", "nic"),
        ("-device", "vfio-pci,host=01:00.0"),
        ("-readconfig", "/etc/more"),
        ("-global", "virtio-net-pci.netdev=x"),
    ],
)
def test_a_nic_by_options_of_qemu_may_be_attached_to_anything(options):
    bundle = with_options(*options)
    assert isinstance(machine(bundle).nics[-1].port_group, NotRead)
    assert "PROVED" not in verdicts(bundle).values()


def test_options_of_qemu_that_make_no_nic_change_nothing():
    assert set(verdicts(with_options("-no-hpet", "-cpu", "host")).values()) == {"PROVED"}
