"""Sections of the Experiments page."""
