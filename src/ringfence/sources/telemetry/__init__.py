"""What firewalls and switches say of the traffic that passed them, or did not."""
