"""One module per behaviour of the App; each decides with a pure function, and performs nothing."""

from __future__ import annotations
