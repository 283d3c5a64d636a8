"""The commands, a folder each: its manifest in ``__init__``, its function in ``command``."""
