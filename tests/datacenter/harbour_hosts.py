"""The hosts of Harbour: six NICs, two standard switches, services and firewall hardened."""

from __future__ import annotations

from datacenter.scenario import Part

HOSTS = range(1, 5)
LOG_SERVER = "10.1.12.30"
MANAGEMENT_NETWORKS = ["10.1.10.0/24", "10.1.12.0/24"]
REJECT_ALL = {"promiscuous": False, "mac_changes": False, "forged_transmits": False}


def host_name(number: int) -> str:
    """The name of host 1 to 4."""
    return f"esx-{number}.harbour.example"


def harbour_host(number: int) -> Part:
    """Host 1 to 4; all are alike but for name and addresses."""
    return {
        "name": host_name(number),
        "cpu_mhz": 2600,
        "cores": 32,
        "memory_mb": 262144,
        "connection": "connected",
        "nics": [_nic(number, index) for index in range(6)],
        "pci": [],
        "switches": [
            _switch("vSwitch0", ["vmnic0", "vmnic1"]),
            _switch("vSwitch1", ["vmnic4", "vmnic5"]),
        ],
        "portgroups": [
            # Each uses one NIC and has the other in reserve, so that neither starves the other.
            portgroup("Management", "vSwitch0", 10, active=["vmnic0"], standby=["vmnic1"]),
            portgroup("Migration", "vSwitch0", 11, active=["vmnic1"], standby=["vmnic0"]),
            portgroup("MGMT-VMs-12", "vSwitch0", 12),
            portgroup("CDE-300", "vSwitch1", 300),
        ],
        "kernel": [
            kernel("vmk0", "Management", f"10.1.10.{10 + number}/24", number, ["management"]),
            kernel("vmk1", "Migration", f"10.1.11.{10 + number}/24", number, ["vmotion"]),
        ],
        "stacks": [{"key": "defaultTcpipStack", "gateway": ""}],
        "services": _services(),
        "firewall": {
            "incoming_blocked": True,
            "outgoing_blocked": True,
            "rulesets": _rulesets(),
        },
        "lockdown": "lockdownNormal",
        "lockdown_exceptions": [],
        "options": _options(),
        "ntp": [LOG_SERVER],
        "dns": [LOG_SERVER],
    }


def _nic(number: int, index: int) -> Part:
    return {
        "device": f"vmnic{index}",
        "mac": f"02:00:5e:10:{number:02x}:{index:02x}",
        "pci": f"0000:{0x19 + index // 2:02x}:00.{index % 2}",
        "driver": "ixgben",
        "speed": 10000,
        "link": True,
    }


def _switch(name: str, nics: list[str]) -> Part:
    return {
        "name": name,
        "nics": nics,
        "mtu": 1500,
        "ports": 128,
        "policy": {"security": dict(REJECT_ALL), "teaming": {"policy": "loadbalance_srcid"}},
        "discovery": {"protocol": "cdp", "operation": "none"},
    }


def portgroup(
    name: str,
    switch: str,
    vlan: int,
    *,
    active: list[str] | None = None,
    standby: list[str] | None = None,
) -> Part:
    """A standard port group that inherits everything but, where given, its order of NICs."""
    policy: Part = {}
    if active is not None:
        policy["teaming"] = {"active": active, "standby": standby or []}
    return {"name": name, "switch": switch, "vlan": vlan, "policy": policy}


def kernel(device: str, group: str, address: str, number: int, services: list[str]) -> Part:
    """A kernel interface on a standard port group."""
    index = int(device.removeprefix("vmk"))
    return {
        "device": device,
        "portgroup": group,
        "ip": address,
        "mac": f"00:50:56:6{index}:{number:02x}:01",
        "mtu": 1500,
        "stack": "defaultTcpipStack",
        "services": services,
    }


def _services() -> list[Part]:
    running = {"ntpd": "NTP Daemon", "vpxa": "vCenter agent", "vmsyslogd": "Syslog Server"}
    stopped = {
        "TSM": "ESXi Shell",
        "TSM-SSH": "SSH",
        "DCUI": "Direct Console UI",
        "sfcbd-watchdog": "CIM Server",
        "slpd": "Service Location",
        "snmpd": "SNMP Server",
    }
    return [
        *({"key": k, "label": v, "running": True, "policy": "on"} for k, v in running.items()),
        *({"key": k, "label": v, "running": False, "policy": "off"} for k, v in stopped.items()),
    ]


def _rulesets() -> list[Part]:
    migration, log = ["10.1.11.0/24"], [f"{LOG_SERVER}/32"]
    return [
        _ruleset("webAccess", "vSphere Web Access", 443, MANAGEMENT_NETWORKS),
        _ruleset("vpxHeartbeats", "vCenter Agent", 902, ["10.1.12.0/24"], udp=True, outbound=True),
        _ruleset("NFC", "NFC", 902, MANAGEMENT_NETWORKS),
        _ruleset("vMotion", "vMotion", 8000, migration),
        _ruleset("syslog", "syslog", 1514, log, outbound=True),
        _ruleset("ntpClient", "NTP Client", 123, log, udp=True, outbound=True),
        _ruleset("dns", "DNS Client", 53, log, udp=True, outbound=True),
        _ruleset("sshServer", "SSH Server", 22, MANAGEMENT_NETWORKS, enabled=False),
        _ruleset("snmp", "SNMP Server", 161, MANAGEMENT_NETWORKS, udp=True, enabled=False),
        _ruleset("CIMHttpsServer", "CIM Secure Server", 5989, MANAGEMENT_NETWORKS, enabled=False),
    ]


def _ruleset(
    key: str,
    label: str,
    port: int,
    networks: list[str],
    *,
    udp: bool = False,
    outbound: bool = False,
    enabled: bool = True,
) -> Part:
    return {
        "key": key,
        "label": label,
        "enabled": enabled,
        "all_ip": False,
        "networks": list(networks),
        "port": port,
        "protocol": "udp" if udp else "tcp",
        "outbound": outbound,
    }


def _options() -> Part:
    return {
        "Config.HostAgent.plugins.solo.enableMob": False,
        "DCUI.Access": "root",
        "Net.BMCNetworkEnable": 0,
        "Net.BlockGuestBPDU": 1,
        "Net.DVFilterBindIpAddress": "",
        "Net.ReversePathFwdCheckPromisc": 1,
        "Security.AccountLockFailures": 5,
        "Security.AccountUnlockTime": 900,
        "Syslog.global.auditRecord.remoteEnable": True,
        "Syslog.global.auditRecord.storageEnable": True,
        "Syslog.global.logHost": f"ssl://{LOG_SERVER}:1514",
        "UserVars.ESXiShellInteractiveTimeOut": 900,
        "UserVars.ESXiShellTimeOut": 600,
    }
