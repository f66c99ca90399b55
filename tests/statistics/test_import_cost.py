"""Importing the room costs NumPy alone."""

import subprocess
import sys


def test_scipy_waits_until_it_is_needed():
    code = "import sys, actbench.statistics; print([m for m in sys.modules if 'scipy' in m])"
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert output.stdout.strip() == "[]"
