"""The policy that it satisfies."""

from typing import Any

from harbour_world.names import LOG_SERVER

POLICY: dict[str, Any] = {
    "ringfence": 1,
    "name": "harbour",
    "configuration": "full-collapse",
    "zones": {
        "outside": {"trust": 0, "external": True, "attached": ["edge-firewall:wan"]},
        "dmz": {"trust": 20, "networks": ["DMZ-*"], "machines": [{"folder": "/Harbour/vm/dmz"}]},
        "application": {
            "trust": 50,
            "networks": ["APP-*"],
            "machines": [{"folder": "/Harbour/vm/app"}],
        },
        "cardholder": {
            "trust": 90,
            "sensitive": True,
            "networks": ["CDE-*"],
            "machines": [{"folder": "/Harbour/vm/cde"}],
        },
        "management": {
            "trust": 100,
            "role": "management",
            "networks": ["Management", "MGMT-*"],
            "machines": [{"folder": "/Harbour/vm/mgmt"}],
        },
        "migration": {"trust": 100, "role": "migration", "networks": ["Migration"]},
    },
    "devices": {"inner-firewall": {"machine": "fw-1"}},
    "fabric": {"domains": {"site": {"uplinks": ["esx-*/vmnic*"], "native": "none"}}},
    "standards": {
        "nics": {"one-zone-per-nic": ["cardholder"]},
        "management": {"networks": ["10.1.10.0/24", "10.1.12.0/24"]},
        "resources": {
            "zones": {"dmz": {"cpu-limit": "30%"}, "cardholder": {"cpu-reservation": "20%"}}
        },
        "logging": {"collectors": [LOG_SERVER], "time-servers": [LOG_SERVER]},
    },
    "duties": {
        "roles": {
            "network-administrators": {"may": ["configure-networks"]},
            "operators": {
                "may": ["place-machines", "assign-networks"],
                "zones": ["dmz", "application"],
            },
        },
        "members": {
            "network-administrators": ["CORP\\net-admins"],
            "operators": ["CORP\\operators"],
        },
        "administrators": ["CORP\\vsphere-admins"],
        "break-glass": {"accounts": ["root"]},
    },
}
