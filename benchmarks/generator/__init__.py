"""Networks of any size from a seed, tidy or messy, with planted violations and a known matrix.

The plan is made first, then written in four ways: as a snapshot, as a policy, as a scenario for the
simulator of the tests, and as the matrix that a proof of it must find.
"""
