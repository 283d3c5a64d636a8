"""Small networks made by chance, brute force over them, and the comparison with the engine."""
