"""Saved configurations of firewalls and routers, each syntax read by a module of its own.

A module here that has a constant ``SYNTAX`` is found (``foundation.discovery``), as is the same in
other distributions under the entry-point group ``ringfence.rule_syntax``.
"""
