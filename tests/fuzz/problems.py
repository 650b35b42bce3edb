"""Has `thoth solve` answer hostile problem files: changed trees, changed bytes, changed archives.

    python tests/fuzz/problems.py [COUNT [SEED]]

Any file ends in an answer or in an error that tells the fault, within seconds.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from fakes.problem_fuzz import mutate

if __name__ == "__main__":
    arguments = [int(each) for each in sys.argv[1:]]
    codes = mutate(*(arguments or [10_000]))
    sys.stdout.write(f"files by exit code: {dict(sorted(codes.items()))}\n")
