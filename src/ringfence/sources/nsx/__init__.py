"""NSX: the distributed firewall at virtual NICs, read from saved answers of its manager.

It is no source of its own: its rules stand at the NICs of machines that another source read.
"""
