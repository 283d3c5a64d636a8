"""The tables that ``show`` can show, a module each."""
