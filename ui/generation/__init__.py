"""The pieces of the pages Generate and Prompt studio."""
