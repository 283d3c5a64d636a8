"""Who can change it: effective rights, and rights that must not meet in one principal."""
