"""Make it so: what a policy demands is done to a system, read again, and taken back if it fails."""
