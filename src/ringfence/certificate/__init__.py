"""Does this certificate hold for that snapshot? A small checker that shares nothing with reach."""
