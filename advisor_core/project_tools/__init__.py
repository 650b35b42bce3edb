"""Lockfiles that only the project's own tool writes: Thoth decides the versions, the tool the text.

A tool runs in a child process with nothing of ours in its environment, on a copy of the project's
files, and may build nothing. `child` runs one, `uv` knows how to ask uv.
"""

from __future__ import annotations
