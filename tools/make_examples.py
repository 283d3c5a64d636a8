"""Write the saved objects and device files of the examples.

They are the clean and the faulty Harbour, and the lab on Linux as a vSphere datacenter (``twin``).
Needs Go and govmomi (see packages.debian.txt). The same sources give the same bytes. With
`--print-devices`, first let nft, iptables and ip print the firewalls' configuration anew.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from datacenter import dumps  # noqa: E402  (tests/ has to be found first)
from datacenter.devices import FILES, write_devices  # noqa: E402
from datacenter.faults import plant  # noqa: E402
from datacenter.harbour import harbour  # noqa: E402
from datacenter.simulator import save  # noqa: E402
from datacenter.twin import twin  # noqa: E402

HARBOUR = ROOT / "examples" / "harbour"
TWIN = ROOT / "examples" / "twin"
FAULTY = (
    "wrong-vlan-on-one-host",
    "second-nic-in-another-zone",
    "any-any-permit",
    "promiscuous-inherited",
    "lockdown-off",
    "ssh-running",
)


def make_examples(folder: Path) -> None:
    """Write the four folders of the example below this one, in the place of what is there."""
    clean, faulty = harbour(), plant(harbour(), *FAULTY)
    for scenario, objects, devices in (
        (clean, "clean", "devices"),
        (faulty, "faulty", "devices-faulty"),
    ):
        for name in (objects, devices):
            shutil.rmtree(folder / name, ignore_errors=True)
        save(scenario, folder / objects)
        write_devices(scenario, folder / devices)


def make_twin(folder: Path) -> None:
    """Write the folder of saved objects of the twin below this one."""
    shutil.rmtree(folder / "vsphere", ignore_errors=True)
    save(twin(), folder / "vsphere")


def print_devices() -> None:
    """Replace the device files by what the programs themselves print of the same rules."""
    edge, inner = FILES / "edge", FILES / "inner"
    interfaces = dumps.inner_interfaces()
    printed = {
        edge / "iptables.rules": dumps.iptables_listing((edge / "iptables.rules").read_text()),
        edge / "ip6tables.rules": dumps.iptables_listing(
            (edge / "ip6tables.rules").read_text(), version=6
        ),
        edge / "ip-addr.json": dumps.address_listing(dumps.EDGE_INTERFACES, dumps.EDGE_ROUTES),
        edge / "ip-route.json": dumps.route_listing(dumps.EDGE_INTERFACES, dumps.EDGE_ROUTES),
        inner / "nft.json": dumps.nft_listing((inner / "nft.json").read_text()),
        inner / "ip-addr.json": dumps.address_listing(interfaces, ()),
        inner / "ip-route.json": dumps.route_listing(interfaces, ()),
    }
    for path, text in printed.items():
        path.write_text(text, encoding="utf-8")


def main() -> None:
    """Print the devices where asked, then write the examples."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--print-devices", action="store_true", help="print device files anew")
    if parser.parse_args().print_devices:
        print_devices()
    make_examples(HARBOUR)
    make_twin(TWIN)
    print(f"Wrote {HARBOUR.relative_to(ROOT)}: clean, faulty, devices, devices-faulty")
    print(f"Wrote {TWIN.relative_to(ROOT)}: vsphere")


if __name__ == "__main__":
    main()
