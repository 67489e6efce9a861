"""Sample scenes of sea, city and night."""

from __future__ import annotations

import numpy as np

from darkroom.imaging import native
from darkroom.imaging.samples.land import between, conifers
from darkroom.imaging.samples.paint import Canvas, Field, Mood, curve, noise, rgb, smoothstep


def sea(
    canvas: Canvas, horizon: float, far: str, near: str, light: str, sun_x: float | None, choppy: float = 1.0
) -> None:
    """Water up to the horizon: waves grow towards us, the sun lays a path of glitter."""
    edge = int(canvas.height * horizon)
    rows, width = canvas.height - edge, canvas.width
    depth = (np.arange(rows, dtype=np.float32) / rows)[:, None]
    paint = (
        np.asarray(rgb(far), np.float32) * (1 - depth[:, :, None] ** 0.7)
        + np.asarray(rgb(near), np.float32) * depth[:, :, None] ** 0.7
    )
    canvas.over(np.ones((rows, width), np.float32), paint, edge)
    waves = perspective(canvas, rows, width)
    canvas.over(smoothstep(0.15, 1.1, waves) * (0.25 + 0.4 * depth) * choppy, between(light, far, 0.35), edge)
    canvas.over(smoothstep(0.1, 1.0, -waves) * (0.2 + 0.35 * depth) * choppy, between(near, "00101c", 0.45), edge)
    if sun_x is not None:
        spread = 0.035 + 0.20 * depth
        across = (np.arange(width, dtype=np.float32)[None, :] / width - sun_x) / spread
        path = np.exp(-(across**2)) * smoothstep(-0.25, 0.55, waves) * (1 - 0.45 * depth)
        canvas.screen(path.astype(np.float32) * 0.95, light, edge)


def perspective(canvas: Canvas, rows: int, width: int) -> Field:
    """Noise on a plane seen at a low angle: flat and fine far away, tall and broad near."""
    cv2 = native.cv2()
    plane = noise(canvas.rng, 1024, 1024, (34, 120), 5, 0.62)
    y = np.arange(1, rows + 1, dtype=np.float32)[:, None] / rows
    far = 1 / (y * 0.94 + 0.06)
    down = np.broadcast_to(far * 66 % 1023, (rows, width))
    x = (np.arange(width, dtype=np.float32)[None, :] / width - 0.5) * far * 210 + 512
    return cv2.remap(plane, (x % 1023).astype(np.float32), down.astype(np.float32), cv2.INTER_LINEAR)  # type: ignore[no-any-return]


def ocean(canvas: Canvas, mood: Mood) -> None:
    """Sky, sun and sea; with islands, a sail, or a beach."""
    horizon = float(mood.get("horizon", 0.56))
    sky: list[tuple[float, str]] = mood["sky"]
    canvas.sky([(place * horizon, code) for place, code in sky] + [(1.0, sky[-1][1])])
    sun = mood.get("sun")
    light = str(mood["light"])
    sun_x: float | None = None
    if isinstance(sun, tuple):
        sun_x = sun[0]
        canvas.glow(sun[0], sun[1], 0.30, sun[2], 0.8, 1.5)
        canvas.disc(sun[0], sun[1], 0.042, "fff7e6", 0.004)
        canvas.glow(sun[0], sun[1], 0.06, "fff0d0", 0.7)
    canvas.clouds(str(mood["cloud"]), float(mood.get("clouds", 0.35)), (60, 360), horizon)
    if mood.get("islands"):
        for layer in range(3):
            hill = np.maximum(0, curve(canvas.rng, canvas.width, 380, 6) - 0.05 + 0.1 * layer)
            line = (horizon + 0.004 - (0.16 - 0.02 * layer) * hill).astype(np.float32)
            colour = between(sky[-1][1], str(mood["near"]), 0.3 + 0.25 * layer)
            canvas.ridge(line, colour, between(colour, sky[-1][1], 0.4), 0.12)
    sea(canvas, horizon, str(mood["far"]), str(mood["near"]), light, sun_x)
    if mood.get("sail"):
        sail(canvas, float(mood["sail"]), horizon, str(mood.get("hull", "1c2733")))
    if mood.get("beach"):
        beach(canvas, str(mood["beach"]), light)


def sail(canvas: Canvas, x: float, horizon: float, hull: str) -> None:
    """A small boat under sail."""
    at, y, size = x * canvas.width, (horizon + 0.07) * canvas.height, 0.17 * canvas.height
    canvas.shape([[(at, y - size), (at, y - size * 0.12), (at - size * 0.42, y - size * 0.12)]], "f6efe2")
    canvas.shape(
        [
            [
                (at + size * 0.03, y - size * 0.9),
                (at + size * 0.30, y - size * 0.12),
                (at + size * 0.03, y - size * 0.12),
            ]
        ],
        "e2d6c2",
    )
    canvas.shape(
        [
            [
                (at - size * 0.46, y - size * 0.07),
                (at + size * 0.40, y - size * 0.07),
                (at + size * 0.26, y + size * 0.06),
                (at - size * 0.32, y + size * 0.06),
            ]
        ],
        hull,
    )
    for step in range(9):
        wide = size * (0.38 - 0.03 * step) * canvas.rng.uniform(0.5, 1.0)
        low = y + size * (0.10 + 0.075 * step)
        canvas.shape(
            [[(at - wide, low), (at + wide, low), (at + wide * 0.9, low + 3), (at - wide * 0.9, low + 3)]],
            hull if step % 2 else "e9dfcd",
            0.4,
        )


def beach(canvas: Canvas, sand: str, foam: str) -> None:
    """Sand in the foreground, wet near the water, with lines of foam."""
    width = canvas.width
    slope = np.linspace(0.88, 0.66, width, dtype=np.float32)
    for step, (offset, colour, strength) in enumerate(
        ((-0.035, foam, 0.85), (0.0, between(sand, "5a4a3c", 0.45), 1.0), (0.05, sand, 1.0))
    ):
        line = slope + offset - 0.018 * curve(canvas.rng, width, 260, 4 if step else 6)
        cover, start = canvas.ridge(
            line.astype(np.float32), colour, between(colour, sand, 0.8 if step else 0.2), 0.05 + 0.1 * step
        )
        if step == 0:
            bubbles = noise(canvas.rng, cover.shape[0], width, (14, 60), 5, 0.7)
            canvas.over(cover * smoothstep(-0.2, 0.6, bubbles) * strength * 0.6, "ffffff", start)
        else:
            canvas.over(
                cover * smoothstep(0.2, 1.0, noise(canvas.rng, cover.shape[0], width, (10, 40), 4, 0.7)) * 0.12,
                "ffffff",
                start,
            )


def city(canvas: Canvas, mood: Mood) -> None:
    """Towers behind towers, windows lit, mirrored in a river."""
    horizon = 0.74
    sky: list[tuple[float, str]] = mood["sky"]
    canvas.sky([(place * horizon, code) for place, code in sky] + [(1.0, sky[-1][1])])
    sun = mood.get("sun")
    if isinstance(sun, tuple):
        canvas.glow(sun[0], sun[1], 0.26, sun[2], 0.8, 1.4)
        canvas.disc(sun[0], sun[1], float(mood.get("size", 0.045)), str(mood.get("disc", "fff3da")), 0.004)
    canvas.clouds(str(mood["cloud"]), float(mood.get("clouds", 0.3)), (50, 340), 0.62)
    far, near = str(mood["far"]), str(mood["near"])
    lit: list[str] = mood["windows"]
    for layer in range(4):
        share = layer / 3
        towers(canvas, horizon, share, between(far, near, 0.10 + 0.90 * share), lit, float(mood["lights"]))
        if layer < 3:
            canvas.mist(horizon - 0.04, 0.10, far, 0.30)
    bank = np.full(canvas.width, horizon - 0.008, np.float32)
    canvas.ridge(bank, between(near, "000000", 0.35), near, 0.2)
    canvas.reflect(horizon, str(mood["water"]), 0.22, 1.3)


def towers(canvas: Canvas, horizon: float, share: float, colour: str, lit: list[str], lights: float) -> None:
    """One row of the skyline."""
    rng, height = canvas.rng, canvas.height
    x = -0.02 * canvas.width
    base = horizon * height
    centre = rng.uniform(0.3, 0.7)
    while x < canvas.width:
        wide = rng.uniform(0.028, 0.072) * height * (1.25 if share > 0.6 else 1)
        middle = np.exp(-(((x / canvas.width) - centre) ** 2) / 0.07)
        tall = height * (0.08 + rng.uniform(0.0, 0.14) + 0.34 * middle * rng.random() ** 1.3) * (1.08 - 0.42 * share)
        top = base - tall
        tone = between(colour, "000000", rng.uniform(0.0, 0.12))
        canvas.shape([outline(canvas, x, wide, top, base, tall)], tone)
        # The side that is turned away from the light.
        canvas.shape(
            [[(x + wide * 0.62, top + 2), (x + wide, top + 2), (x + wide, base), (x + wide * 0.62, base)]],
            between(tone, "000000", 0.22),
            0.8,
        )
        windows(canvas, x, wide, top, base, lit, lights * (0.35 + 0.65 * share), share)
        x += wide * rng.uniform(0.92, 1.5)


def outline(canvas: Canvas, x: float, wide: float, top: float, base: float, tall: float) -> list[tuple[float, float]]:
    """A tower: flat, stepped, slanted, or with a spire."""
    rng = canvas.rng
    kind = rng.integers(6)
    if kind == 0 and tall > 0.2 * canvas.height:
        mast = x + wide * 0.5
        return [
            (x, base),
            (x, top),
            (x + wide * 0.3, top),
            (x + wide * 0.42, top - tall * 0.06),
            (mast - 1, top - tall * 0.06),
            (mast, top - tall * 0.24),
            (mast + 1, top - tall * 0.06),
            (x + wide * 0.58, top - tall * 0.06),
            (x + wide * 0.7, top),
            (x + wide, top),
            (x + wide, base),
        ]
    if kind == 1:
        return [
            (x, base),
            (x, top + tall * 0.12),
            (x + wide * 0.2, top + tall * 0.12),
            (x + wide * 0.2, top),
            (x + wide * 0.8, top),
            (x + wide * 0.8, top + tall * 0.12),
            (x + wide, top + tall * 0.12),
            (x + wide, base),
        ]
    if kind == 2:
        return [(x, base), (x, top + wide * 0.4), (x + wide, top), (x + wide, base)]
    return [(x, base), (x, top), (x + wide, top), (x + wide, base)]


def windows(
    canvas: Canvas, x: float, wide: float, top: float, base: float, lit: list[str], lights: float, share: float
) -> None:
    """Rows of small lights, whole floors dark or bright together."""
    rng = canvas.rng
    step_x, step_y = max(5.0, wide / 9), 8.0 + 3.0 * share
    for y in np.arange(top + step_y * 1.6, base - step_y, step_y):
        floor = rng.random()
        for at in np.arange(x + step_x * 0.7, x + wide - step_x * 0.6, step_x):
            if rng.random() > lights * (0.35 + 0.65 * floor):
                continue
            colour = np.asarray(rgb(lit[rng.integers(len(lit))]), np.float32)
            left, right = int(max(at, 0)), int(max(0, min(at + step_x * 0.55, canvas.width)))
            spot = canvas.image[int(y) : int(y + step_y * 0.52), left:right]
            spot += (colour - spot) * rng.uniform(0.35, 0.95)


def stars(canvas: Canvas, count: int, bottom: float = 1.0) -> None:
    """Many faint stars, few bright ones with a halo, in the colours that stars have."""
    rng = canvas.rng
    field = np.zeros_like(canvas.image)
    y = (rng.random(count) * canvas.height * bottom).astype(int).clip(0, canvas.height - 1)
    x = (rng.random(count) * canvas.width).astype(int)
    bright = (rng.pareto(1.7, count) * 0.11).clip(0.04, 1.0).astype(np.float32)
    tints = np.asarray([rgb(code) for code in ("cfe0ff", "ffffff", "fff1d6", "ffd9b0", "dfe9ff")], np.float32)
    field[y, x] = bright[:, None] * tints[rng.integers(len(tints), size=count)]
    cv2 = native.cv2()
    halo = cv2.GaussianBlur(np.where(field > 0.6, field, 0), (0, 0), 3.2) * 9
    canvas.image += (1 - canvas.image) * np.clip(cv2.GaussianBlur(field, (3, 3), 0.7) * 2.1 + halo, 0, 1)


def milky_way(canvas: Canvas, angle: float, colour: str, core: str) -> None:
    """A band of light with dust lanes across the sky."""
    columns = np.arange(canvas.width, dtype=np.float32)[None, :] / canvas.height - canvas.width / canvas.height / 2
    rows = np.arange(canvas.height, dtype=np.float32)[:, None] / canvas.height - 0.42
    across = columns * np.sin(angle) + rows * np.cos(angle)
    along = columns * np.cos(angle) - rows * np.sin(angle)
    texture = noise(canvas.rng, canvas.height, canvas.width, (220, 220), 6, 0.6)
    across = across + 0.05 * texture
    band = np.exp(-((across / 0.17) ** 2)) * (0.65 + 0.45 * texture)
    dust = np.exp(-(((across - 0.015) / 0.05) ** 2)) * smoothstep(
        -0.5, 0.7, noise(canvas.rng, canvas.height, canvas.width, (160, 160), 6, 0.62)
    )
    heart = np.exp(-((across / 0.10) ** 2) - ((along + 0.25) / 0.42) ** 2)
    canvas.screen(np.clip(band * 0.55, 0, 1).astype(np.float32), colour)
    canvas.screen(np.clip(heart * (0.6 + 0.4 * texture) * 0.75, 0, 1).astype(np.float32), core)
    canvas.over(np.clip(dust * 0.62, 0, 0.8).astype(np.float32), "0a0a16")


def aurora(canvas: Canvas, colours: list[str]) -> None:
    """Curtains of light: sharp below, fading upwards, folded along a wandering line."""
    height, width = canvas.height, canvas.width
    rows = np.arange(height, dtype=np.float32)[:, None] / height
    for index, colour in enumerate(colours):
        line = 0.44 + 0.07 * index - 0.17 * curve(canvas.rng, width, 620, 3)
        rays = 0.55 + 0.7 * curve(canvas.rng, width, 46, 4)
        up = line[None, :] - rows
        tall = 0.10 + 0.22 * np.clip(rays, 0.1, 1.2)[None, :]
        light = (
            np.exp(-np.maximum(up, 0) / tall) * smoothstep(-0.035, 0.01, up) * np.clip(0.35 + rays, 0.05, 1.3)[None, :]
        )
        canvas.screen(np.clip(light * (0.72 - 0.12 * index), 0, 1).astype(np.float32), colour)


def night(canvas: Canvas, mood: Mood) -> None:
    """Stars over a dark land; with the Milky Way, an aurora, a moon, a lake."""
    canvas.sky(mood["sky"])
    stars(canvas, int(mood.get("stars", 3200)))
    if "milky" in mood:
        angle, colour, core = mood["milky"]
        milky_way(canvas, float(angle), str(colour), str(core))
        stars(canvas, 2600)
    if "aurora" in mood:
        aurora(canvas, mood["aurora"])
    moon = mood.get("moon")
    if isinstance(moon, tuple):
        canvas.glow(moon[0], moon[1], 0.16, "b9c8ee", 0.55)
        canvas.disc(moon[0], moon[1], moon[2], "f4f1e4", 0.003)
        craters = noise(canvas.rng, canvas.height, canvas.width, (60, 60), 4)
        inside = 1 - smoothstep(moon[2] - 0.004, moon[2], canvas.distance(moon[0], moon[1]))
        canvas.over(inside * smoothstep(0.1, 0.8, craters) * 0.35, "b8b6b0")
    near = str(mood["near"])
    lake = bool(mood.get("lake"))
    horizon = 0.76 if lake else 0.84
    for layer in range(2):
        line = (
            horizon
            - 0.05
            + 0.05 * layer
            - (0.13 - 0.05 * layer) * curve(canvas.rng, canvas.width, 380, 6, ridged=layer == 0)
        )
        line = np.minimum(line, horizon - 0.005).astype(np.float32)
        colour = between(str(mood["far"]), near, 0.35 + 0.65 * layer)
        canvas.ridge(line, colour, near, 0.3)
    conifers(canvas, line, 0.085, 1.4, near)
    if lake:
        canvas.reflect(horizon, near, 0.12, 0.6)
