"""What is wrong: one folder per check, found by discovery; exceptions; the findings."""
