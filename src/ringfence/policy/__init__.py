"""What should be: the policy file, its schema and problems, selectors, membership."""
