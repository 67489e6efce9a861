"""Long work: what goes on after its request was answered, and the one place to see all of it."""
