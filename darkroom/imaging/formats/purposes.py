"""Options of each format for the purposes that people have."""

from __future__ import annotations

from typing import Any

PURPOSES: dict[str, dict[str, dict[str, Any]]] = {
    "jpeg": {
        "web": {"quality": 80, "progressive": True, "optimise": True},
        "archive": {"quality": 95, "subsampling": "444"},
        "smallest": {"quality": 60, "trellis": True},
    },
    "png": {"web": {"effort": 7}, "smallest": {"palette": True, "effort": 9}, "lossless": {"effort": 9}},
    "webp": {
        "web": {"quality": 80},
        "archive": {"quality": 95, "sharp_chroma": True},
        "smallest": {"quality": 60, "effort": 6},
        "lossless": {"lossless": True},
    },
    "avif": {
        "web": {"quality": 60},
        "archive": {"quality": 85, "subsampling": "444", "bit_depth": 10},
        "smallest": {"quality": 45, "effort": 6},
        "lossless": {"lossless": True, "subsampling": "444"},
    },
    "tiff": {
        "archive": {"compression": "deflate", "profile": "keep"},
        "smallest": {"compression": "jpeg", "quality": 75},
        "lossless": {"compression": "deflate"},
    },
    "gif": {"web": {"dither": 1.0}, "smallest": {"colours": 64, "dither": 0.5}},
    "jp2": {
        "web": {"quality": 70},
        "archive": {"quality": 95},
        "smallest": {"quality": 50},
        "lossless": {"lossless": True},
    },
    "heic": {"web": {"quality": 60}, "archive": {"quality": 90, "subsampling": "444"}},
    "jxl": {
        "web": {"quality": 75},
        "archive": {"quality": 95, "effort": 7},
        "smallest": {"quality": 50, "effort": 7},
        "lossless": {"lossless": True},
    },
    "bmp": {"lossless": {}},
}
"""Format -> purpose -> options beside `format`; formats that nobody uses for a purpose have none."""
