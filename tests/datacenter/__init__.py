"""The demo datacenter Harbour as a scenario, its planted faults, and the server for both."""
