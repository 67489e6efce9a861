"""Darkroom's library: everything the web app, the assets, the API and the command line share."""

__version__ = "0.1.0"
