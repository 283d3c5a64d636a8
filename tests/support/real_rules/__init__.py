"""A real firewall in network namespaces, and packets that are really sent through it."""
