"""Watches what happens to packages, and asks for work where it matters."""
