"""Open vSwitch on simulated ports: what the proof says of a switch, and what the switch says."""
