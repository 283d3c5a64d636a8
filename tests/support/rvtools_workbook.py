"""A small RVTools workbook: two hosts of a cluster, a standard and a distributed switch."""

import copy

import xlsxwriter

SERVER = {"VI SDK Server": "vc.example", "VI SDK UUID": "0B0E4C1E-5d0a-4b6e-9f1e-6a1b7c000001"}
PLACE = {"Datacenter": "DC", "Cluster": "compute"}
HOSTS = ("esx-1", "esx-2")


def _host(name):
    return {
        "Host": name,
        **PLACE,
        "in Maintenance Mode": False,
        "Speed": 2600,
        "# Cores": 32,
        "# Memory": 262144,
        "ESX Version": "VMware ESXi 8.0.2",
        "NTP Server(s)": "10.1.12.30, 10.1.12.31",
        "Object ID": f"host-{name[-1]}",
    }


def _nic(host, number, switch, uplink):
    return {
        "Host": host,
        "Network Device": f"vmnic{number}",
        "Speed": 10000,
        "MAC": f"02:00:5E:10:00:0{number}",
        "Switch": switch,
        "Uplink port": uplink,
        "PCI": "0000:19:00.0",
    }


def _group(host, name, vlan):
    return {
        "Host": host,
        "Port Group": name,
        "Switch": "vSwitch0",
        "VLAN": vlan,
        "Promiscuous Mode": False,
        "Mac Changes": "False",
        "Forged Transmits": "True" if name == "VMs" else "False",
    }


def _machine(name, number, **more):
    return {
        "VM": name,
        "Powerstate": "poweredOn",
        "Template": False,
        "CPUs": 2,
        "Memory": 4096,
        "Resource pool": "/DC/compute/Resources/dmz",
        "Folder": "/DC/vm/dmz",
        **PLACE,
        "Host": "esx-1",
        "VM ID": f"vm-{number}",
        "VM UUID": f"50{number:06d}-0000-0000-0000-000000000000",
        **more,
    }


def _network(name, number, network, switch, **more):
    return {
        "VM": name,
        "NIC label": "Network adapter 1",
        "Adapter": "Vmxnet3",
        "Network": network,
        "Switch": switch,
        "Connected": "True",
        "Starts Connected": True,
        "Mac Address": f"00:50:56:80:00:{number:02d}",
        "Type": "Assigned",
        "IPv4 Address": "10.1.100.11, 10.1.100.12",
        "IPv6 Address": "fd00::11",
        "VM ID": f"vm-{number}",
        **more,
    }


def _distributed(name, vlan, **more):
    return {
        "Port": name,
        "Switch": "Zones",
        "Type": "earlyBinding",
        "VLAN": vlan,
        "Blocked": "False",
        "Allow Promiscuous": "False",
        "Mac Changes": "False",
        "Forged Transmits": "False",
        "Active Uplink": "Uplink 1,Uplink 2",
        "Standby Uplink": "",
        "Policy": "loadbalance_srcid",
        "Object ID": f"dvportgroup-{name}",
        **more,
    }


def _kernel(host, device, group, services, address):
    return {
        "Host": host,
        "Port Group": group,
        "Device": device,
        "Mac Address": "00:50:56:60:00:01",
        "IP Address": address,
        "Subnet mask": "255.255.255.0",
        "MTU": 1500,
        "Services": services,
    }


def _pool(path, limit):
    return {
        "Resource Pool name": path.rpartition("/")[2],
        "Resource Pool path": path,
        **{f"{kind} {word}": value for kind in ("CPU", "Mem") for word, value in (
            ("limit", limit), ("reservation", 100), ("level", "normal"), ("shares", 4000),
            ("expandableReservation", "True"),
        )},
        "Object ID": f"resgroup-{path.rpartition('/')[2]}",
    }  # fmt: skip


def sheets():
    """The sheets with their rows; a row is a mapping of headings to cells."""
    own = [{"Reservation": 1000, "Limit": -1, "Shares": 2000, "Level": "normal", "VM ID": "vm-1"}]
    tables = {
        "vInfo": [
            _machine("web-01", 1),
            _machine("app-01", 2, Folder="Discovered virtual machine", Powerstate="poweredOff"),
            _machine("golden", 3, Template="True", Host="esx-2", Folder="DC/vm/dmz/old"),
        ],
        "vCPU": own,
        "vMemory": copy.deepcopy(own),
        "vTools": [{"VM": "web-01", "Tools": "toolsOk", "VM ID": "vm-1"}],
        "vNetwork": [
            _network("web-01", 1, "DMZ-100", "Zones"),
            _network("web-01", 1, "", "", **{"NIC label": "Network adapter 2"}),
            _network("app-01", 2, "VMs", "vSwitch0", Connected=""),
            _network("golden", 3, "Gone", "Zones"),
        ],
        "vHost": [_host(name) for name in HOSTS],
        "vNIC": [
            nic
            for host in HOSTS
            for nic in (
                _nic(host, 0, "vSwitch0", ""),
                _nic(host, 1, "vSwitch0", ""),
                _nic(host, 2, "Zones", "Uplink 1"),
                _nic(host, 3, "Zones", "Uplink 2"),
                _nic(host, 4, "", ""),
            )
        ],
        "vSwitch": [
            {"Host": host, "Switch": "vSwitch0", "Promiscuous Mode": "False", "Mac Changes": False,
             "Forged Transmits": "False", "Policy": "loadbalance_srcid", "MTU": 1500}
            for host in HOSTS
        ],
        "vPort": [
            group
            for host in HOSTS
            for group in (_group(host, "Management", "10"), _group(host, "VMs", 0))
        ],
        "dvSwitch": [
            {"Switch": "Zones", "Version": "7.0.3", "Host members": "esx-1, esx-2",
             "CDP Operation": "listen", "Max MTU": 9000, "Object ID": "dvs-1"}
        ],
        "dvPort": [
            _distributed("DMZ-100", 100.0),
            _distributed("Trunk", "1-10, 20"),
            _distributed("Zones-DVUplinks-1", "0-4094"),
        ],
        "vSC_VMK": [
            _kernel("esx-1", "vmk0", "Management", "Management", "10.1.10.11"),
            _kernel("esx-1", "vmk1", "DMZ-100", "vMotion, vSAN Witness", "10.1.11.11"),
            _kernel("esx-2", "vmk0", "Management", "", "10.1.10.12"),
        ],
        "vRP": [_pool("/DC/compute/Resources", -1), _pool("/DC/compute/Resources/dmz", 5000)],
        "vCluster": [{"Name": "compute", "DRS enabled": "True", "HA enabled": "False",
                      "Object ID": "domain-c1"}],
        "vSource": [{"Fullname": "VMware vCenter Server 8.0.2", "API version": "8.0.2.0"}],
        "vMetaData": [{"xlsx creation datetime": "2026-11-23 09:14:00"}],
        "vHealth": [{"Name": "not read"}],
    }  # fmt: skip
    return {name: [{**row, **SERVER} for row in rows] for name, rows in tables.items()}


def write_workbook(path, tables):
    """Write sheets as a workbook; headings are those of a sheet's rows."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as workbook:
        for name, rows in tables.items():
            sheet = workbook.add_worksheet(name)
            headings = list(dict.fromkeys(heading for row in rows for heading in row))
            sheet.write_row(0, 0, headings)
            for index, row in enumerate(rows, start=1):
                sheet.write_row(index, 0, [row.get(heading, "") for heading in headings])
    return path
