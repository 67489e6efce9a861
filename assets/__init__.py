"""What exists: assets, named by nouns. They call the library and return ids and metadata, never pixels."""
