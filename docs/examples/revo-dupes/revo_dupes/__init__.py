"""Finds files with the same content."""
