"""What can be learnt, by name: each in one file that the loop knows nothing of."""

from training.tasks.classification import Classification
from training.tasks.detection import Detection
from training.tasks.enhancement import Enhancement
from training.tasks.multilabel import MultiLabel
from training.tasks.segmentation import Segmentation
from training.tasks.style import Style

TASKS = {one.name: one for one in (Classification, MultiLabel, Detection, Segmentation, Enhancement, Style)}
"""Every task by name."""
