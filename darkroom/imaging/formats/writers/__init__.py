"""One module per format that can be written, each with its encoders in order of preference."""
