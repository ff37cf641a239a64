"""The pieces of the page Prompt studio."""
