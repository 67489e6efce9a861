"""Training: one loop for one process and for Ray. Of Darkroom it knows the domain and the datasets alone."""

import os

# Read by OpenMP when PyTorch is loaded. Threads that spin while they wait take from others the time they wait for: beside two busy
# processes two threads learn a quarter of what one does, and nearly as much once they sleep.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
