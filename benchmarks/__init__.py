"""Measurements against the bars that Ringfence promises; `make bench` runs them."""
