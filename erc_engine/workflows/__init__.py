"""What a person does: the only place where reading, computing and saving meet.

The app, the command line and Python use these functions; each takes a `Workspace` first.
"""
