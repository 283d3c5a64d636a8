"""The flows of a policy in the words of other firewalls: a module for each, written by aerleon."""
