"""What the App says and decides to do. Pure: nothing here performs I/O."""

from __future__ import annotations
