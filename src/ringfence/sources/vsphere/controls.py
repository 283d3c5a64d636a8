"""Settings that checks read by the source's own key, each with the control that asks for it.

A server has thousands of settings; only these are kept.
"""

from __future__ import annotations

from typing import Final

HOST_SETTINGS: Final = {
    "Config.HostAgent.plugins.solo.enableMob": "ESXI-80-000047",
    "DCUI.Access": "ESXI-80-000189",
    "Net.BMCNetworkEnable": "ESXI-80-000250",
    "Net.BlockGuestBPDU": "ESXI-80-000215",
    "Net.DVFilterBindIpAddress": "ESXI-80-000219",
    "Net.ReversePathFwdCheckPromisc": "esx-9.network-rpf-promisc",
    "Syslog.global.auditRecord.remoteEnable": "ESXI-80-000233",
    "Syslog.global.auditRecord.storageEnable": "ESXI-80-000232",
    "Syslog.global.logHost": "ESXI-80-000114",
}
SERVER_SETTINGS: Final = {
    "VirtualCenter.VimPasswordExpirationInDays": "VCSA-80-000275",
    "event.maxAge": "VCSA-80-000293",
    "task.maxAge": "VCSA-80-000293",
    "vpxd.event.syslog.enabled": "VCSA-80-000280",
}
SETTING_KEYS: Final = frozenset(HOST_SETTINGS) | frozenset(SERVER_SETTINGS)
