"""What assets, jobs and sensors work with: thin adapters that build objects of the library from settings."""
