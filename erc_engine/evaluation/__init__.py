"""Predictions against gold labels: scores, intervals, tests, and predictions brought from outside."""
