"""The clean Harbour as records, smaller than the bundled one, and ways to plant a fault in it."""
