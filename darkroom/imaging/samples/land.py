"""Sample scenes of the land: mountains, forests, deserts."""

from __future__ import annotations

import numpy as np

from darkroom.imaging import native
from darkroom.imaging.samples.paint import Canvas, Field, Mood, curve, mix, noise, rgb, smoothstep


def hexed(colour: tuple[float, float, float]) -> str:
    """A colour as its code."""
    return "".join(f"{round(max(0.0, min(1.0, part)) * 255):02x}" for part in colour)


def between(one: str, other: str, share: float) -> str:
    """Between two colour codes."""
    return hexed(mix(rgb(one), rgb(other), share))


def rock(
    canvas: Canvas, cover: Field, start: int, line: Field, light: str, dark: str, snow: float, side: float
) -> None:
    """Give a mountain faces: lit and shaded flanks, and snow above a height (0 none, 1 all of it)."""
    rows, width = cover.shape
    field = noise(canvas.rng, rows, width, (210, 150), 5, 0.5)
    field += 0.6 * (0.5 - np.abs(noise(canvas.rng, rows, width, (260, 110), 5, 0.52)))
    slope = np.gradient(field, axis=1) * 48 * side + np.gradient(field, axis=0) * 16
    lit, shaded = np.clip(slope, 0, 1), np.clip(-slope, 0, 1)
    canvas.over(cover * lit * 0.55, light, start)
    canvas.over(cover * shaded * 0.6, dark, start)
    if snow > 0:
        down = (
            np.arange(start, start + rows, dtype=np.float32)[:, None] - line[None, :] * canvas.height
        ) / canvas.height
        high = 1 - smoothstep(0.40, 0.62, np.broadcast_to(line[None, :], cover.shape))
        reach = snow * 0.34 * (0.35 + high)
        white = np.clip((reach - down - 0.09 * field) / (0.65 * reach), 0, 1)
        canvas.over(cover * white * (0.35 + 0.6 * lit), between("ffffff", light, 0.25), start)
        canvas.over(cover * white * shaded * 0.55, between("8fa6cf", dark, 0.35), start)


def conifers(canvas: Canvas, base: Field, size: float, density: float, colour: str, opacity: float = 1.0) -> None:
    """A line of fir trees standing on a line."""
    shapes: list[list[tuple[float, float]]] = []
    x = -size * canvas.height
    while x < canvas.width + size * canvas.height:
        tall = size * canvas.height * canvas.rng.uniform(0.55, 1.15)
        at = int(min(max(x, 0), canvas.width - 1))
        foot = float(base[at]) * canvas.height + tall * 0.06
        shapes.append(fir(canvas, x, foot, tall))
        x += tall * canvas.rng.uniform(0.16, 0.42) / density
    canvas.shape(shapes, colour, opacity)


def fir(canvas: Canvas, x: float, foot: float, tall: float) -> list[tuple[float, float]]:
    """Outline of a fir: tiers of branches, each wider than the one above."""
    tiers = 8
    half = tall * canvas.rng.uniform(0.15, 0.2)
    left: list[tuple[float, float]] = []
    right: list[tuple[float, float]] = []
    for tier in range(tiers):
        share = (tier + 1) / tiers
        width = half * share**0.85 * canvas.rng.uniform(0.85, 1.12)
        y = foot - tall * (1 - share * 0.93)
        left += [(x - width, y), (x - width * 0.52, y - tall * 0.022)]
        right += [(x + width * canvas.rng.uniform(0.85, 1.1), y), (x + width * 0.52, y - tall * 0.022)]
    trunk = tall * 0.018
    return [
        (x, foot - tall),
        *right,
        (x + trunk, foot - tall * 0.06),
        (x + trunk, foot + 2),
        (x - trunk, foot + 2),
        *reversed(left),
    ]


def mountains(canvas: Canvas, mood: Mood) -> None:
    """Ridges behind ridges, the middle one with rock and snow; below it trees, or a lake."""
    sky: list[tuple[float, str]] = mood["sky"]
    far, near, light, dark = (str(mood[key]) for key in ("far", "near", "light", "dark"))
    canvas.sky(sky)
    sun = mood.get("sun")
    side = 1.0
    if isinstance(sun, tuple):
        x, y, colour = sun
        side = 1.0 if x > 0.5 else -1.0
        canvas.glow(x, y, 0.28, colour, 0.75, 1.4)
        canvas.disc(x, y, 0.035, "fff6e0", 0.006)
        canvas.glow(x, y, 0.05, "fff3d0", 0.9)
    canvas.clouds(str(mood["cloud"]), float(mood.get("clouds", 0.3)))
    rng, width = canvas.rng, canvas.width
    for layer in range(2):
        line = 0.47 + 0.07 * layer - 0.13 * curve(rng, width, 420 - 60 * layer, 6, 0.5, ridged=True)
        colour = between(far, near, 0.12 + 0.16 * layer)
        canvas.ridge(line, colour, between(colour, far, 0.7), 0.25)
    peak = np.exp(-(((np.arange(width) / width - rng.uniform(0.3, 0.7)) / 0.26) ** 2)).astype(np.float32)
    line = 0.58 - 0.30 * peak - 0.15 * curve(rng, width, 300, 7, 0.5, ridged=True)
    cover, start = canvas.ridge(line, between(far, near, 0.55), between(far, near, 0.35), 0.4)
    rock(canvas, cover, start, line, light, dark, float(mood["snow"]), side)
    canvas.mist(0.70, 0.07, far, 0.75)
    if mood.get("lake"):
        shore = 0.715 - 0.02 * curve(rng, width, 500, 4)
        canvas.ridge(shore, between(near, dark, 0.3), near, 0.2)
        conifers(canvas, shore, 0.055, 1.5, between(near, dark, 0.5))
        canvas.reflect(0.735, str(mood["water"]), 0.28, 0.8)
        return
    for layer in range(3):
        line = 0.74 + 0.085 * layer - 0.05 * curve(rng, width, 520, 5)
        colour = between(far, near, 0.55 + 0.22 * layer)
        canvas.ridge(line, colour, between(colour, far, 0.25), 0.15)
        conifers(canvas, line, 0.045 + 0.035 * layer, 1.5, colour)


def misty_forest(canvas: Canvas, mood: Mood) -> None:
    """Firs on hills, fading into mist."""
    canvas.sky(mood["sky"])
    far, near = str(mood["far"]), str(mood["near"])
    sun = mood.get("sun")
    if isinstance(sun, tuple):
        canvas.glow(sun[0], sun[1], 0.35, sun[2], 0.9, 1.3)
    layers = 6
    for layer in range(layers):
        share = layer / (layers - 1)
        tilt = canvas.rng.uniform(-0.1, 0.1) * np.linspace(-1, 1, canvas.width, dtype=np.float32)
        line = 0.34 + 0.62 * share**1.25 + tilt - 0.07 * curve(canvas.rng, canvas.width, 600, 4)
        colour = between(far, near, share**1.15)
        canvas.ridge(line, colour, between(colour, far, 0.45), 0.16)
        conifers(canvas, line, 0.06 + 0.16 * share**1.4, 1.6 - 0.5 * share, colour)
        if layer < layers - 1:
            canvas.mist(float(line.mean()) + 0.09, 0.06, far, 0.55)
    if isinstance(sun, tuple):
        beams(canvas, sun)


def beams(canvas: Canvas, sun: tuple[float, float, str]) -> None:
    """Shafts of light that spread from the sun."""
    columns = (np.arange(canvas.width, dtype=np.float32) - sun[0] * canvas.width)[None, :]
    rows = (np.arange(canvas.height, dtype=np.float32) - (sun[1] - 0.25) * canvas.height)[:, None]
    angle = np.arctan2(columns, np.maximum(rows, 1))
    shafts = curve(canvas.rng, 2048, 90, 4)
    found = shafts[np.clip(((angle + 1.6) / 3.2 * 2047).astype(int), 0, 2047)]
    fade = np.exp(-np.hypot(columns, rows) / (0.75 * canvas.height))
    canvas.screen((smoothstep(0.0, 0.9, found) * fade * 0.6).astype(np.float32), sun[2])


def autumn(canvas: Canvas, mood: Mood) -> None:
    """Hills of leaf trees in many colours, crowns lit from above."""
    leaves: list[str] = mood["leaves"]
    canvas.sky(mood["sky"])
    canvas.clouds(str(mood["cloud"]), 0.35, (70, 300), 0.4)
    far = str(mood["far"])
    layers = 5
    for layer in range(layers):
        share = layer / (layers - 1)
        line = 0.30 + 0.55 * share - 0.06 * curve(canvas.rng, canvas.width, 480, 4)
        base = between(far, str(mood["near"]), share)
        canvas.ridge(line, base, between(base, far, 0.2), 0.2)
        crowns(canvas, line, 0.017 + 0.026 * share**1.3, leaves, far, share)
        if layer < layers - 1:
            canvas.mist(float(line.mean()) + 0.08, 0.05, far, 0.34 * (1 - share))
    # Circles have hard edges: foliage has not, and it glitters.
    canvas.image = native.cv2().GaussianBlur(canvas.image, (0, 0), 1.1)
    leafy = 1 + 0.10 * noise(canvas.rng, canvas.height, canvas.width, (9, 9), 3, 0.8)
    ground = smoothstep(0.24, 0.34, np.linspace(0, 1, canvas.height, dtype=np.float32))[:, None]
    canvas.image *= (1 + (leafy - 1) * ground).astype(np.float32)[:, :, None]


def crowns(canvas: Canvas, line: Field, size: float, colours: list[str], far: str, share: float) -> None:
    """Leaf trees in rows below a line: clumps of leaves, dark below and lit above, now and then a fir."""
    rng = canvas.rng
    radius = size * canvas.height
    bottom = min(canvas.height + radius, (float(line.max()) + 0.17) * canvas.height)
    down = 0.0
    while float(line.min()) * canvas.height + down < bottom:
        for x in np.arange(-radius, canvas.width + radius, radius * 1.15):
            at = x + rng.uniform(-0.5, 0.5) * radius
            y = (
                float(line[int(min(max(at, 0), canvas.width - 1))]) * canvas.height
                + down
                + rng.uniform(-0.4, 0.4) * radius
            )
            if y <= bottom:
                tone = mix(rgb(far), rgb(colours[rng.integers(len(colours))]), 0.42 + 0.58 * share)
                crown(canvas, at, y, radius * rng.uniform(0.75, 1.2), tone, share)
        if share > 0.3:
            for _ in range(3):
                at = rng.uniform(0, canvas.width - 1)
                foot = float(line[int(at)]) * canvas.height + down + radius
                canvas.shape([fir(canvas, at, foot, radius * 4.2)], mix(rgb(far), rgb("1d3326"), 0.2 + 0.8 * share))
        down += radius * 0.95


def crown(canvas: Canvas, x: float, y: float, radius: float, colour: tuple[float, float, float], share: float) -> None:
    """One tree's crown."""
    cv2 = native.cv2()
    clumps = 8 if radius > 22 else 3
    offsets = canvas.rng.normal(0, 0.42, (3 * clumps, 2))
    for step, (tone, lift) in enumerate((((0, 0, 0), 0.16), (colour, -0.08), ((1, 0.93, 0.72), -0.30))):
        shade = mix(colour, tone, (0.42, 0.0, 0.24)[step] * (0.25 + 0.75 * share))
        for across, up in offsets[step * clumps : (step + 1) * clumps]:
            centre = (round((x + across * radius * 0.9) * 16), round((y + (up + lift) * radius) * 16))
            tilt = 0.85 + 0.3 * abs(across)
            cv2.circle(
                canvas.image,
                centre,
                round(radius * (0.46 - 0.13 * step) * tilt * 16),
                mix(shade, colour, 0.25 * abs(up)),
                -1,
                cv2.LINE_8,
                4,
            )


def dunes(canvas: Canvas, mood: Mood) -> None:
    """Sand in long waves: one side lit, the other in shadow, ripples on both."""
    canvas.sky(mood["sky"])
    light, shade, far = str(mood["light"]), str(mood["shade"]), str(mood["far"])
    sun = mood.get("sun")
    if isinstance(sun, tuple):
        canvas.glow(sun[0], sun[1], 0.3, sun[2], 0.85, 1.3)
        canvas.disc(sun[0], sun[1], float(mood.get("size", 0.04)), "fff4dc", 0.005)
    canvas.clouds(str(mood["cloud"]), 0.12, (40, 600), 0.5)
    rng, width, height = canvas.rng, canvas.width, canvas.height
    x = np.linspace(0, 1, width, dtype=np.float32)
    layers = 5
    for layer in range(layers):
        share = layer / (layers - 1)
        phase = rng.uniform(0, 6.28)
        # Wind makes sharp crests and round hollows.
        swell = 1 - np.abs(np.sin(x * (3.6 - 1.7 * share) + phase + 0.25 * curve(rng, width, 700, 2))) ** 1.15
        line = (0.56 + 0.34 * share - (0.05 + 0.13 * share) * swell - 0.01 * curve(rng, width, 700, 3)).astype(
            np.float32
        )
        lit, dark = between(far, light, 0.35 + 0.65 * share), between(far, shade, 0.3 + 0.7 * share)
        cover, start = canvas.ridge(line, lit, between(lit, dark, 0.25), 0.3)
        # The shadow begins at each crest; its edge wanders down and to the right like the crest of a real dune.
        rows = np.arange(cover.shape[0], dtype=np.float32)[:, None] / height
        falling = np.gradient(line) * width / (0.05 + 0.13 * share)
        wander = (
            0.75 * rows
            + 0.045 * np.sin(rows * (17 - 6 * share) + phase)
            + 0.02 * noise(rng, cover.shape[0], width, (160, 700), 2)
        )
        source = np.clip(np.arange(width, dtype=np.float32)[None, :] - wander * width, 0, width - 1).astype(int)
        turned = smoothstep(0.05, 0.5, falling[source])
        canvas.over(cover * turned * 0.92 * np.exp(-rows * (2.2 - share)), dark, start)
        ripples(canvas, cover, start, share, between(lit, "ffffff", 0.25), dark)
        canvas.mist(float(line.mean()) + 0.02, 0.03, far, 0.25 * (1 - share))


def ripples(canvas: Canvas, cover: Field, start: int, share: float, light: str, dark: str) -> None:
    """Fine lines that the wind draws, closer together in the distance."""
    rows, width = cover.shape
    bend = noise(canvas.rng, rows, width, (120, 260), 4) * 26
    y = np.arange(rows, dtype=np.float32)[:, None]
    x = np.arange(width, dtype=np.float32)[None, :]
    wave = np.sin((y * 1.25 + x * 0.16 + bend) / (1.1 + 2.6 * share))
    near = np.clip(y / (0.30 * canvas.height), 0, 1) * (0.35 + 0.65 * share)
    canvas.over(cover * np.clip(wave, 0, 1) * near * 0.13, light, start)
    canvas.over(cover * np.clip(-wave, 0, 1) * near * 0.16, dark, start)


def mesas(canvas: Canvas, mood: Mood) -> None:
    """Table mountains with layered rock, on a plain with brush."""
    canvas.sky(mood["sky"])
    canvas.clouds(str(mood["cloud"]), 0.4, (60, 260), 0.55)
    light, shade, far = str(mood["light"]), str(mood["shade"]), str(mood["far"])
    rng, width, height = canvas.rng, canvas.width, canvas.height
    x = np.linspace(0, 1, width, dtype=np.float32)
    for layer in range(3):
        share = layer / 2
        line = np.full(width, 0.66 + 0.03 * layer, np.float32)
        for _ in range(3 - layer):
            centre, half, tall = (
                rng.uniform(0.05, 0.95),
                rng.uniform(0.05, 0.13) * (0.7 + 0.5 * share),
                rng.uniform(0.14, 0.30),
            )
            wall = (
                smoothstep(half, half * 0.82, np.abs(x - centre)) * 0.72
                + smoothstep(half * 1.9, half * 0.9, np.abs(x - centre)) * 0.28
            )
            line = np.minimum(line, 0.66 + 0.03 * layer - tall * (0.6 + 0.4 * share) * wall)
        line = (line - 0.006 * curve(rng, width, 60, 4)).astype(np.float32)
        lit = between(far, light, 0.4 + 0.6 * share)
        dark = between(far, shade, 0.4 + 0.6 * share)
        cover, start = canvas.ridge(line, lit, between(lit, dark, 0.3), 0.3)
        rows = np.arange(start, height, dtype=np.float32)[:, None]
        strata = np.sin((rows + 5 * noise(rng, cover.shape[0], width, (30, 400), 3)) / 5.5)
        columns = noise(rng, cover.shape[0], width, (500, 26), 4)
        canvas.over(cover * np.clip(strata, 0, 1) * 0.22, dark, start)
        canvas.over(cover * smoothstep(0.0, 0.9, columns) * 0.5, dark, start)
    line = (0.73 - 0.012 * curve(rng, width, 500, 4)).astype(np.float32)
    cover, start = canvas.ridge(line, between(light, far, 0.35), shade, 0.4)
    speckle = noise(rng, cover.shape[0], width, (16, 70), 5, 0.7)
    canvas.over(cover * smoothstep(0.35, 0.8, speckle) * 0.6, str(mood["brush"]), start)
    cacti(canvas, line, between(shade, "101010", 0.55))


def cacti(canvas: Canvas, line: Field, colour: str) -> None:
    """A few saguaros in the foreground."""
    for _ in range(4):
        x = canvas.rng.uniform(0.04, 0.96) * canvas.width
        tall = canvas.rng.uniform(0.10, 0.24) * canvas.height
        foot = canvas.height * canvas.rng.uniform(0.82, 0.94)
        canvas.shape(saguaro(canvas, x, foot, tall), colour)


def saguaro(canvas: Canvas, x: float, foot: float, tall: float) -> list[list[tuple[float, float]]]:
    """A trunk with raised arms, all with round ends."""
    half = tall * 0.055

    def column(at: float, low: float, high: float, wide: float) -> list[tuple[float, float]]:
        arc = [(at + wide * np.cos(t), high + wide - wide * np.sin(t)) for t in np.linspace(0, np.pi, 9)]
        return [(at + wide, low), *arc, (at - wide, low)]

    parts = [column(x, foot, foot - tall, half)]
    for way in (-1, 1):
        if canvas.rng.random() < 0.85:
            low = foot - tall * canvas.rng.uniform(0.3, 0.5)
            reach = tall * canvas.rng.uniform(0.15, 0.21)
            thin = half * 0.72
            parts.append(column(x + way * reach, low + thin, low - tall * canvas.rng.uniform(0.2, 0.36), thin))
            parts.append(
                [
                    (x, low - thin),
                    (x + way * reach, low - thin),
                    (x + way * (reach + thin), low),
                    (x + way * reach, low + thin),
                    (x, low + thin),
                ]
            )
    return parts
