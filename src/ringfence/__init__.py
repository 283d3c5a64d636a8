"""Ringfence keeps trust zones apart on virtual infrastructure, and proves it."""

__version__ = "0.1.0"
