"""How many tokens a prompt and its reply take, beside what the recipe and the model allow.

count = estimate()                       # 4 characters a token, and it says so
count = tokenizer_of(Path("models/tiny"))  # the model's own
count.tokens("Write 8 turns …")          # 41
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from erc_engine.errors import InputError

CHARACTERS_A_TOKEN = 4  # of English prose, in the usual vocabularies of 32,000 to 256,000 pieces
TOKENIZER_FILE = "tokenizer.json"


@dataclass(frozen=True)
class TokenCount:
    """`said` is how it was counted; `context` the most tokens of prompt and reply together, None where not told."""

    tokens: Callable[[str], int]
    said: str
    exact: bool
    context: int | None = None


def estimate() -> TokenCount:
    return TokenCount(
        lambda text: -(-len(text) // CHARACTERS_A_TOKEN), f"estimated at {CHARACTERS_A_TOKEN} characters a token", False
    )


def tokenizer_of(folder: Path) -> TokenCount:
    """By the tokenizer of a model's folder; InputError when it has none that can be read."""
    path = folder / TOKENIZER_FILE
    if not path.is_file():
        raise InputError(f"{folder} has no {TOKENIZER_FILE}", hint="give a folder as transformers saves one")
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise InputError("tokens cannot be counted without tokenizers", hint="pip install tokenizers") from None
    try:
        tokenizer = Tokenizer.from_file(str(path))
        config = json.loads((folder / "config.json").read_text("utf-8")) if (folder / "config.json").is_file() else {}
    except Exception as error:  # tokenizers raises plain Exception for a file that it cannot read
        raise InputError(f"{path} cannot be read: {error}", hint="the model's files may be incomplete") from error
    context = config.get("max_position_embeddings")
    return TokenCount(
        lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids),
        "counted by the model's tokenizer",
        True,
        context if isinstance(context, int) else None,
    )
