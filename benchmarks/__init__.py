"""How fast it is: `python -m benchmarks` prints a line `name value goal` for each measurement.

Absolute seconds depend on the machine and are printed for a person; a run fails only where one takes more than
twice its goal, or where a quality figure misses its goal.
"""
