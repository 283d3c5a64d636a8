"""The zone gateway: a Linux system between zones, whose nftables rules are made from the policy."""
