"""A real small datacenter on one Linux machine: hosts, switches, machines and a firewall."""
