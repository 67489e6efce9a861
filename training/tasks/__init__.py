"""What can be learnt, by name: each in one file that the loop knows nothing of."""

from training.tasks.classification import Classification
from training.tasks.detection import Detection

TASKS = {one.name: one for one in (Classification, Detection)}
"""Every task by name."""
