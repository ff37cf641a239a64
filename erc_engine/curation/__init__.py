"""Which dialogues stand twice (`duplicates`), and which carry benchmark text (`contamination`)."""
