"""Sections of the Dedupe page."""
