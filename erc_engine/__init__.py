"""ERC Studio's engine: from a benchmark to an audited, generated, trained and compared result.

The nouns stand in `domain`, what a person does in `workflows`, the command line in `cli`.
"""

__version__ = "0.1.0"
