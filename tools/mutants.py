"""Change the engine at one place after the other, and see whether the tests notice.

Usage: mutants.py [COUNT [SEED [MODULE]]]. Makes `.venv-mutants` of what requirements/mutants.txt
pins, and runs tools/mutating.py in it.
"""

from __future__ import annotations

import sys

from environment import ROOT, make_pinned_environment, run

MUTANTS_VENV = ROOT / ".venv-mutants"

if __name__ == "__main__":
    make_pinned_environment(MUTANTS_VENV, pins="mutants", exact=True)
    run(MUTANTS_VENV / "bin" / "python", ROOT / "tools" / "mutating.py", *sys.argv[1:])
