"""Checks of a lockfile against its manifest, the indexes and the runtime environments.

`verify.verify_lock` runs them all; `findings` holds what they find.
"""

from __future__ import annotations
