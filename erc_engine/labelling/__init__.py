"""Votes of several annotators: soft labels, how far the annotators agree, and votes as files."""
