"""What is out there: a package per system, live or saved, each turning it into records."""
