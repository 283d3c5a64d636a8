"""The command line: arguments in, operations called, results shown."""
