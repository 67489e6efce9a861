"""Carries Exif, IPTC and XMP from a source into what was made of it, by our own hands and byte for byte."""
