"""Answers as text for people: terminal tables, Markdown, JSON."""

from __future__ import annotations
