"""The nouns of emotion recognition in conversation, as frozen dataclasses in plain Python."""
