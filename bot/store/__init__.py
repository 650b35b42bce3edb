"""The service's own tables: deliveries, jobs and workers, in the knowledge base's database."""

from __future__ import annotations
