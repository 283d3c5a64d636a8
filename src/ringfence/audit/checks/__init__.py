"""The checks, one folder each: a manifest, a function, a page."""
