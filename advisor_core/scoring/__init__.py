"""What the releases of a stack are worth: named weight sets over named components. No I/O."""

from __future__ import annotations
