"""`python -m advisor_core.cli`: the same as `thoth`."""

from __future__ import annotations

import sys

from advisor_core.cli.main import program

sys.exit(program())
