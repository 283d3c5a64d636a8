"""Misconfigurations to plant in a lab, each a module with a constant ``FAULTS``."""
