"""Palo Alto Networks: security rules from zone to zone, whose names are those of the policy."""

from ringfence.enforce.vendors.target import Target, between_sides

TARGET = Target(
    name="palo-alto",
    label="Palo Alto Networks",
    platform="paloalto",
    families=(4, 6),
    filters=lambda gateway: between_sides(
        gateway, lambda source, to: f"from-zone {source.zone} to-zone {to.zone} mixed"
    ),
)
