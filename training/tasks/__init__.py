"""The tasks: what is learnt, each with its data, loss and metrics in one file."""
