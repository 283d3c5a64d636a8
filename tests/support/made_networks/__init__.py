"""Small networks made by chance that are built for real, each with a policy of its own."""
