"""When to run: each sensor is named for what it watches."""
