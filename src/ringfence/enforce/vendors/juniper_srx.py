"""Juniper SRX: security policies from zone to zone, whose names are those of the policy."""

from ringfence.enforce.vendors.target import Target, between_sides

TARGET = Target(
    name="juniper-srx",
    label="Juniper SRX",
    platform="srx",
    families=(4, 6),
    filters=lambda gateway: between_sides(
        gateway, lambda source, to: f"from-zone {source.zone} to-zone {to.zone}"
    ),
)
