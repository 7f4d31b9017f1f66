"""Placeholder of the trainer widget."""


def Trainer():
    return None
