"""Outside systems that pictures come from, each in a file of its own."""
