"""What all tables of the knowledge base share."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import MetaData
from sqlmodel import SQLModel

__all__ = ["METADATA", "Table"]

METADATA = MetaData(
    naming_convention={
        # Named by rule, so that a later migration can name what it alters, on both databases.
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Table(SQLModel):
    """Base of every table here: their own metadata, apart from tables of other parts."""

    metadata: ClassVar[MetaData] = METADATA
