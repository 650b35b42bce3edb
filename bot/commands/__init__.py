"""The service's commands: serve, web, worker, migrate, receive."""

from __future__ import annotations
