"""Colour as a matrix: saturation, channel mixer, monochrome, sepia, split tone, white balance, colour blindness."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from pydantic.config import JsonDict

from darkroom.imaging import native
from darkroom.imaging.operations.base import Array, Colour, Context, Floats, Params, Raster, Shape
from darkroom.imaging.operations.declare import operation, tone
from darkroom.imaging.operations.handles import handle
from darkroom.imaging.operations.pointwise import LUMA, luma, matrix, small_colour, strips
from darkroom.imaging.operations.tones import Values, from_light, to_light

_STEP: JsonDict = {"step": 0.05}
_LOOK = 192
"""Long side of the copy on which the colour of the light is found."""


def coloured(shape: Shape, params: Params) -> Shape:
    """The shape of an operation that makes grey pictures coloured."""
    return Shape(shape.width, shape.height, max(3, shape.channels), shape.depth)


class SaturationParams(Params):
    """Parameters of `saturation`."""

    amount: float = Field(0.3, ge=-1, le=2, json_schema_extra=_STEP)
    """Above 0 stronger colours, below 0 weaker; -1 is grey."""


@operation(
    "saturation",
    category="colour",
    aliases=("colourfulness", "desaturate"),
    identity={"amount": 0},
    examples=({"amount": 0.7}, {"amount": -1}),
)
def saturation(image: Raster, params: SaturationParams) -> Raster:
    """Make all colours stronger or weaker, keeping their brightness."""
    if image.shape.channels == 1 or not params.amount:
        return image
    keep = 1 + params.amount
    return matrix(image, keep * np.eye(3) + (1 - keep) * np.tile(LUMA.astype(np.float64), (3, 1)))


class VibranceParams(Params):
    """Parameters of `vibrance`."""

    amount: float = Field(0.4, ge=-1, le=2, json_schema_extra=_STEP)
    """Above 0 stronger, below 0 weaker colours."""
    protect_skin: float = Field(0.5, ge=0, le=1, json_schema_extra=_STEP)
    """How much colours of skin are left alone."""


@operation(
    "vibrance",
    category="colour",
    aliases=("smart saturation",),
    identity={"amount": 0},
    examples=({"amount": 1.0}, {"amount": -0.6, "protect_skin": 1}),
)
def vibrance(image: Raster, params: VibranceParams) -> Raster:
    """Strengthen dull colours more than strong ones, and skin least."""
    if image.shape.channels == 1 or not params.amount:
        return image

    cv2 = native.cv2()

    def change(values: Floats) -> Array:
        # Planes: numpy takes several times longer for an axis of three.
        red, green, blue = (np.ascontiguousarray(values[:, :, index]) for index in range(3))
        top, bottom = cv2.max(cv2.max(red, green), blue), cv2.min(cv2.min(red, green), blue)
        strong = (top - bottom) / np.maximum(top, np.float32(1e-6))
        gain = params.amount * (1 - np.clip(strong, 0, 1))
        if params.protect_skin:
            # Skin of every tone: red over green over blue, green about a third of the way up.
            way_up = (green - blue) / np.maximum(red - blue, np.float32(1e-6))
            near = cv2.exp(-(((way_up - np.float32(0.35)) / np.float32(0.25)) ** 2))
            gain *= 1 - params.protect_skin * near * ((red > green) & (green > blue) & (strong > 0.12))
        bright, gain = luma(values)[:, :, 0], gain + 1
        return np.asarray(np.maximum(cv2.merge([bright + (one - bright) * gain for one in (red, green, blue)]), 0))

    return strips(image, change)


Row = tuple[float, float, float]


class ChannelMixerParams(Params):
    """Parameters of `channel_mixer`."""

    red: Row = (1.0, 0.0, 0.0)
    """What red is made of: shares of red, green and blue, each from -3 to 3."""
    green: Row = (0.0, 1.0, 0.0)
    """What green is made of."""
    blue: Row = (0.0, 0.0, 1.0)
    """What blue is made of."""
    offset: Row = (0.0, 0.0, 0.0)
    """Added to red, green and blue."""


@operation(
    "channel_mixer",
    category="colour",
    aliases=("mix channels", "swap channels", "colour matrix"),
    identity={},
    examples=({"red": [0.7, 0.4, -0.1], "blue": [0, 0.2, 0.8]}, {"red": [0, 0, 1], "blue": [1, 0, 0]}),
)
def channel_mixer(image: Raster, params: ChannelMixerParams) -> Raster:
    """Make each channel of a mixture of all three."""
    weights = np.array([params.red, params.green, params.blue])
    return matrix(image, weights, offset=np.array(params.offset))


@channel_mixer.shape_of
def _mixed_shape(shape: Shape, params: ChannelMixerParams) -> Shape:
    return coloured(shape, params)


class MonochromeParams(Params):
    """Parameters of `monochrome`."""

    red: float = Field(0.2126, ge=-2, le=3, json_schema_extra=_STEP)
    """Share of red: more makes skin brighter."""
    green: float = Field(0.7152, ge=-2, le=3, json_schema_extra=_STEP)
    """Share of green: more makes leaves brighter."""
    blue: float = Field(0.0722, ge=-2, le=3, json_schema_extra=_STEP)
    """Share of blue: less makes skies darker."""
    strength: float = Field(1.0, ge=0, le=1, json_schema_extra=_STEP)
    """1 is black and white, 0 leaves all colour."""


@operation(
    "monochrome",
    category="colour",
    aliases=("black and white", "greyscale", "grayscale", "bw"),
    identity={"strength": 0},
    examples=({}, {"red": 0.9, "green": 0.3, "blue": -0.2}),
)
def monochrome(image: Raster, params: MonochromeParams) -> Raster:
    """Turn a picture black and white, with the weight of each colour."""
    if image.shape.channels == 1 or not params.strength:
        return image
    grey = np.tile([params.red, params.green, params.blue], (3, 1))
    return matrix(image, params.strength * grey + (1 - params.strength) * np.eye(3))


_SEPIA = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])


class SepiaParams(Params):
    """Parameters of `sepia`."""

    strength: float = Field(1.0, ge=0, le=1, json_schema_extra=_STEP)
    """How much of the way to the brown of old prints."""


@operation("sepia", category="colour", aliases=("vintage", "brown"), examples=({}, {"strength": 0.4}))
def sepia(image: Raster, params: SepiaParams) -> Raster:
    """Give a picture the brown tone of old prints."""
    return matrix(image, params.strength * _SEPIA + (1 - params.strength) * np.eye(3))


sepia.shape_of(coloured)


class SplitToneParams(Params):
    """Parameters of `split_tone`."""

    shadows: Colour = "#1b3a5b"
    """Colour of dark tones."""
    highlights: Colour = "#f0c890"
    """Colour of bright tones."""
    balance: float = Field(0.5, ge=0.05, le=0.95, json_schema_extra=_STEP)
    """Brightness at which one goes over into the other."""
    strength: float = Field(0.5, ge=0, le=1, json_schema_extra=_STEP)
    """How strong the colours are."""


@operation(
    "split_tone", category="colour", aliases=("duotone", "toning", "colour grading"), examples=({"strength": 0.8}, {})
)
def split_tone(image: Raster, params: SplitToneParams) -> Raster:
    """Tint dark and bright tones, each with its own colour."""
    tints = []
    for colour in (params.shadows, params.highlights):
        tint = np.array([int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)], np.float32)
        tints.append(tint - tint @ LUMA)  # only the colour of it: brightness stays
    dark, bright = tints

    def change(values: Floats) -> Array:
        near = luma(values)
        over = 1 / (1 + np.exp(-8 * (near - params.balance)))
        room = 4 * np.clip(near, 0, 1) * (1 - np.clip(near, 0, 1))  # black and white stay what they are
        return np.asarray(np.maximum(values + params.strength * room * (dark * (1 - over) + bright * over), 0))

    return strips(image, change, channels=3)


split_tone.shape_of(coloured)


class WhiteBalanceParams(Params):
    """Parameters of `white_balance`."""

    method: Literal["grey_world", "white_patch", "picked", "temperature"] = "grey_world"
    """From the average colour, from the brightest parts, from a neutral place that you name, or by temperature."""
    x: float = Field(0.5, ge=0, le=1, json_schema_extra={"step": 0.01})
    """The neutral place for `picked`, from the left."""
    y: float = Field(0.5, ge=0, le=1, json_schema_extra={"step": 0.01})
    """The neutral place for `picked`, from the top."""
    temperature: float = Field(6500.0, ge=1700, le=20_000, json_schema_extra={"unit": "K", "step": 50})
    """Colour temperature of the light for `temperature`: above 6500 the picture gets warmer, below colder."""
    tint: float = Field(0.0, ge=-1, le=1, json_schema_extra=_STEP)
    """From green (-1) to magenta (1), for all methods."""
    strength: float = Field(1.0, ge=0, le=1, json_schema_extra=_STEP)
    """How much of the way to go."""
    gains: Row | None = None
    """What the light of red, green and blue is multiplied by, once it has been found."""


@tone(
    "white_balance",
    category="colour",
    aliases=("grey world", "colour cast", "temperature", "tint", "warmth"),
    identity={"method": "temperature"},
    examples=(
        {"method": "temperature", "temperature": 9000},
        {},
        {"method": "white_patch", "strength": 0.5},
        {"method": "picked", "x": 0.1, "y": 0.9, "tint": 0.2},
    ),
    handles=(handle("point", sets={"method": "picked"}),),
)
def white_balance(values: Values, params: WhiteBalanceParams) -> Values:
    """Take the colour of the light out of a picture, or give it another."""
    if params.gains is None or params.gains == (1.0, 1.0, 1.0):
        return values
    light = to_light(values)[:, None] * np.array(params.gains)
    return np.stack([from_light(light[:, index]) for index in range(3)], axis=1)


@white_balance.pin_of
def _find_gains(image: Raster, params: WhiteBalanceParams, context: Context) -> WhiteBalanceParams:
    if params.gains is not None:
        return params
    neutral = _by_temperature(params.temperature) if params.method == "temperature" else _neutral(image, params)
    gains = np.clip(1 / np.maximum(neutral, 1e-4), 0.05, 20)
    gains = gains * np.array([1 + 0.15 * params.tint, 1 - 0.15 * params.tint, 1 + 0.15 * params.tint])
    gains = gains**params.strength
    gains = gains / float(gains @ LUMA) if not np.allclose(gains, 1) else np.ones(3)
    red, green, blue = (round(float(one), 5) for one in gains)
    return params.model_copy(update={"gains": (red, green, blue)})


def _neutral(image: Raster, params: WhiteBalanceParams) -> NDArray[np.float64]:
    """The light that a neutral surface sends back, relative to green."""
    if image.shape.channels == 1:
        return np.ones(3)
    if params.method == "picked":
        width, height = image.shape.width, image.shape.height
        x, y = min(int(params.x * width), width - 1), min(int(params.y * height), height - 1)
        reach = max(1, max(width, height) // 400)
        part = image.colour[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
        light = to_light(part.reshape(-1, 3).astype(np.float64) / image.white).mean(axis=0)
    else:
        values = small_colour(image, _LOOK).reshape(-1, 3).astype(np.float64)
        red, green, blue = values.T  # numpy reduces an axis of three ten times slower than three planes
        brightest, darkest = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
        usable = values[(brightest < 0.98) & (darkest > 0.01)]
        light = to_light(usable if len(usable) > 10 else values)
        if params.method == "white_patch":
            bright = light @ LUMA
            light = light[bright >= np.quantile(bright, 0.97)]
        light = light.mean(axis=0)
    return np.asarray(light / max(light[1], 1e-6) if light.min() > 1e-6 else np.ones(3))


_XYZ_TO_LIGHT = np.array(
    [[3.2404542, -1.5371385, -0.4985314], [-0.969266, 1.8760108, 0.041556], [0.0556434, -0.2040259, 1.0572252]]
)


def _by_temperature(kelvin: float) -> NDArray[np.float64]:
    """Light of a black body (cubic fit by Kim and others, 2002) relative to that of 6500 K."""

    def light(temperature: float) -> NDArray[np.float64]:
        inverse = 1000 / temperature
        if temperature < 4000:
            x = ((-0.2661239 * inverse - 0.2343589) * inverse + 0.8776956) * inverse + 0.17991
        else:
            x = ((-3.0258469 * inverse + 2.1070379) * inverse + 0.2226347) * inverse + 0.24039
        cubic = (
            (-1.1063814, -1.3481102, 2.18555832, -0.20219683)
            if temperature < 2222
            else (-0.9549476, -1.37418593, 2.09137015, -0.16748867)
            if temperature < 4000
            else (3.081758, -5.8733867, 3.75112997, -0.37001483)
        )
        y = ((cubic[0] * x + cubic[1]) * x + cubic[2]) * x + cubic[3]
        return np.asarray(np.maximum(_XYZ_TO_LIGHT @ np.array([x / y, 1.0, (1 - x - y) / y]), 1e-3))

    found = light(kelvin) / light(6500.0)
    return np.asarray(found / found[1])


# Machado, Oliveira and Fernandes 2009, severity 1, on linear light.
_BLINDNESS = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
    "achromatopsia": [[0.2126, 0.7152, 0.0722], [0.2126, 0.7152, 0.0722], [0.2126, 0.7152, 0.0722]],
}


class ColourBlindParams(Params):
    """Parameters of `colour_blind`."""

    kind: Literal["protanopia", "deuteranopia", "tritanopia", "achromatopsia"] = "deuteranopia"
    """Which cones are missing: those for red, for green, for blue, or all."""
    severity: float = Field(1.0, ge=0, le=1, json_schema_extra=_STEP)
    """From normal sight (0) to no cones of that kind."""


@operation(
    "colour_blind",
    category="colour",
    aliases=("color blindness", "accessibility", "daltonism"),
    identity={"severity": 0},
    examples=({}, {"kind": "tritanopia", "severity": 0.5}, {"kind": "protanopia"}),
)
def colour_blind(image: Raster, params: ColourBlindParams) -> Raster:
    """Show a picture as people with a colour vision deficiency see it."""
    if image.shape.channels == 1 or not params.severity:
        return image
    seen = params.severity * np.array(_BLINDNESS[params.kind]) + (1 - params.severity) * np.eye(3)

    def change(values: Floats) -> Array:
        return from_light(np.maximum(to_light(values) @ seen.T, 0)).astype(np.float32)

    return strips(image, change)
