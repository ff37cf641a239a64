"""Emotion classifiers behind one contract on dialogues: `base` has the contract and `build`."""
