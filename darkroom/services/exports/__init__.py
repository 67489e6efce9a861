"""Pictures taken along: files of a selection in one zip file."""
