"""Firewalls and routers whose configuration was saved in files."""
