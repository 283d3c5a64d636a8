"""How we talk to a system: named contexts, credentials, TLS, sessions."""
