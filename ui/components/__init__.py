"""Pieces that several pages draw: a dialogue, a job's progress, a table with its download."""
