"""A surface of accuracy over training and inference whose slopes are known."""

import numpy as np

TRAINED, DEEPER = 0.06, 0.04
"""Accuracy of the toy surface that a doubling of training adds, and one of inference."""
TRAINS = [2.0**30, 2.0**31, 2.0**33]
INFERENCE = [2.0**n for n in (20, 22, 23, 25)]


def height(train, compute):
    """A surface whose lines of equal accuracy have the slope DEEPER / TRAINED everywhere."""
    return 0.1 + TRAINED * (np.log2(train) - 30) + DEEPER * (np.log2(compute) - 20)
