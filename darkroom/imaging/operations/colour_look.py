"""Whole looks: a LUT from a file, the colours of a reference picture, another colour profile."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from darkroom.errors import Error
from darkroom.imaging import native
from darkroom.imaging.operations.base import Array, Context, FileRef, Floats, Params, PictureRef, Raster, to_float
from darkroom.imaging.operations.cube import Cube, look_up, read_cube, write_cube
from darkroom.imaging.operations.declare import operation
from darkroom.imaging.operations.pointwise import matrix, small_colour, strips


class LutParams(Params):
    """Parameters of `lut`."""

    file: FileRef
    """A `.cube` file."""
    interpolation: Literal["tetrahedral", "trilinear"] = "tetrahedral"
    """Between the points of the table: `tetrahedral` keeps greys clean, `trilinear` is faster for 8-bit pictures."""
    strength: float = Field(1.0, ge=0, le=1, json_schema_extra={"step": 0.05})
    """How much of the look."""


def _warm_look() -> dict[str, bytes]:
    grid = np.stack(np.meshgrid(*[np.linspace(0, 1, 9)] * 3, indexing="ij")[::-1], axis=-1)
    warm = np.clip(grid * [1.08, 1.0, 0.82] + [0.03, 0.01, 0.02], 0, 1) ** [0.9, 1.0, 1.15]
    return {"warm.cube": write_cube(warm.astype(np.float32), "warm")}


@operation(
    "lut",
    category="colour",
    aliases=("cube", "3d lut", "look", "film"),
    examples=({"file": "warm.cube"}, {"file": "warm.cube", "interpolation": "trilinear", "strength": 0.5}),
    example_files=_warm_look,
)
def lut(image: Raster, params: LutParams, context: Context) -> Raster:
    """Apply a look from a `.cube` file."""
    cube = read_cube(context.file(params.file), params.file)
    if image.shape.channels == 1 or not params.strength:
        return image
    plain = (cube.low, cube.high) == ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)) and not cube.is_curve
    quick = params.interpolation == "trilinear" and image.shape.depth == "uint8"
    if quick and plain and len(cube.table) <= 65:  # the most that Pillow takes
        return _by_pillow(image, cube, params.strength)

    def change(values: Floats) -> Array:
        found = look_up(values, cube, tetrahedral=params.interpolation == "tetrahedral")
        return found if params.strength == 1 else values + (found - values) * np.float32(params.strength)

    return strips(image, change)


def _by_pillow(image: Raster, cube: Cube, strength: float) -> Raster:
    from PIL import ImageFilter

    size = len(cube.table)
    table = cube.table
    if strength < 1:
        grid = np.stack(np.meshgrid(*[np.linspace(0, 1, size)] * 3, indexing="ij")[::-1], axis=-1)
        table = (grid + (table - grid) * strength).astype(np.float32)
    look = ImageFilter.Color3DLUT(size, table.reshape(-1).tolist(), channels=3, _copy_table=False)
    shown = native.pillow().fromarray(np.ascontiguousarray(image.colour)).filter(look)
    return image.with_colour(np.asarray(shown))


class MatchColoursParams(Params):
    """Parameters of `match_colours`."""

    reference: PictureRef
    """The picture whose colours are wanted."""
    method: Literal["transport", "reinhard", "histogram"] = "transport"
    """`transport` moves mean and spread of all colours the shortest way, `reinhard` does it in Lab for each axis,
    `histogram` takes over the distribution of each channel."""
    strength: float = Field(1.0, ge=0, le=1, json_schema_extra={"step": 0.05})
    """How much of the way to go."""


@operation(
    "match_colours",
    category="colour",
    aliases=("colour transfer", "reinhard", "optimal transport", "match reference"),
    examples=(
        {"reference": "reference"},
        {"reference": "reference", "method": "reinhard"},
        {"reference": "reference", "method": "histogram", "strength": 0.6},
    ),
)
def match_colours(image: Raster, params: MatchColoursParams, context: Context) -> Raster:
    """Give a picture the colours of another one."""
    wanted = small_colour(context.picture(params.reference))
    if image.shape.channels == 1 or not params.strength:
        return image
    given = small_colour(image)
    if params.method == "transport":
        return _transport(image, given, wanted, params.strength)
    if params.method == "histogram":
        return _histogram(image, given, wanted, params.strength)
    return _reinhard(image, given, wanted, np.float32(params.strength))


def _transport(image: Raster, given: Floats, wanted: Floats, strength: float) -> Raster:
    """Linear Monge-Kantorovitch transport between two Gaussians (Pitié and Kokaram 2007): one 3 x 3 matrix."""
    (mean, spread), (goal, goal_spread) = (_moments(one.reshape(-1, 3).astype(np.float64)) for one in (given, wanted))
    root = _power(spread, 0.5)
    back = _power(spread, -0.5)
    move = back @ _power(root @ goal_spread @ root, 0.5) @ back
    move = strength * move + (1 - strength) * np.eye(3)
    goal = strength * goal + (1 - strength) * mean
    return matrix(image, move, offset=goal - move @ mean)


def _moments(colours: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    spread = np.cov(colours.T) if len(colours) > 1 else np.zeros((3, 3))
    return colours.mean(axis=0), np.asarray(spread + 1e-5 * np.eye(3))


def _power(symmetric: NDArray[np.float64], power: float) -> NDArray[np.float64]:
    values, vectors = np.linalg.eigh(symmetric)
    return np.asarray((vectors * np.maximum(values, 1e-9) ** power) @ vectors.T)


def _reinhard(image: Raster, given: Floats, wanted: Floats, strength: np.float32) -> Raster:
    """Mean and spread of each axis of Lab (Reinhard and others 2001)."""
    cv2 = native.cv2()
    (mean, spread), (goal, goal_spread) = (
        (lab.mean(axis=0), lab.std(axis=0))
        for lab in (cv2.cvtColor(one, cv2.COLOR_RGB2Lab).reshape(-1, 3) for one in (given, wanted))
    )
    # A nearly plain picture must not have its noise stretched into colours.
    gain = np.clip(goal_spread / np.maximum(spread, 0.5), 0.1, 4.0)

    def change(values: Floats) -> Array:
        lab = cv2.cvtColor(values, cv2.COLOR_RGB2Lab)
        lab += ((lab - mean) * gain + goal - lab) * strength
        return np.maximum(cv2.cvtColor(lab.astype(np.float32), cv2.COLOR_Lab2RGB), 0)  # type: ignore[no-any-return]

    return strips(image, change)


def _histogram(image: Raster, given: Floats, wanted: Floats, strength: float) -> Raster:
    shares = np.linspace(0, 1, 257)
    sources = [np.quantile(given[:, :, index], shares) for index in range(3)]
    goals = [np.quantile(wanted[:, :, index], shares) for index in range(3)]

    def change(values: Floats) -> Array:
        for index in range(3):
            channel = values[:, :, index]
            found = np.interp(channel, sources[index], goals[index])
            values[:, :, index] = channel + (found - channel) * strength
        return values

    return strips(image, change)


class ConvertProfileParams(Params):
    """Parameters of `convert_profile`."""

    to: Literal["srgb", "p3", "file"] = "srgb"
    """Colour space of the result: sRGB, Display P3, or that of a profile."""
    file: FileRef | None = None
    """The ICC profile for `file`."""
    intent: Literal["relative", "perceptual", "saturation", "absolute"] = "relative"
    """What happens to colours that the result cannot hold."""
    black_point: bool = True
    """Keep the darkest tones apart."""


@operation(
    "convert_profile",
    category="colour",
    aliases=("icc", "colour management", "srgb", "display p3"),
    examples=({"to": "p3"}, {"intent": "perceptual"}),
)
def convert_profile(image: Raster, params: ConvertProfileParams, context: Context) -> Raster:
    """Convert a picture to another colour profile; 16 bits stay 16 bits."""
    if params.to == "srgb" and not image.profile:
        return image
    if image.shape.channels == 1:  # grey has no primaries to convert
        return Raster(image.array, b"" if params.to == "srgb" else image.profile, image.orientation)
    pyvips = native.pyvips()
    depth = image.shape.depth
    # libvips converts 8 and 16 bits; float pictures go through the latter, and lose what is beyond white.
    values = image.colour if depth != "float32" else np.rint(np.clip(image.colour, 0, 1) * 65535).astype(np.uint16)
    flat = np.ascontiguousarray(values)
    kind = "uchar" if flat.dtype == np.uint8 else "ushort"
    shape = image.shape
    source = pyvips.Image.new_from_memory(flat.data, shape.width, shape.height, 3, kind)
    source = source.copy(interpretation="srgb" if kind == "uchar" else "rgb16")
    if image.profile:
        source.set_type(pyvips.GValue.blob_type, "icc-profile-data", image.profile)
    made, profile = _converted(source, params, context, 8 if kind == "uchar" else 16)
    array = np.ndarray(buffer=made.write_to_memory(), dtype=flat.dtype, shape=flat.shape)
    colour = to_float(array) if depth == "float32" else array
    found = image.with_colour(colour)
    return Raster(found.array, profile, image.orientation)


def _converted(source: Any, params: ConvertProfileParams, context: Context, depth: int) -> tuple[Any, bytes]:
    import tempfile

    pyvips = native.pyvips()
    target: str = params.to
    with tempfile.NamedTemporaryFile(suffix=".icc") as file:
        if params.to == "file":
            if params.file is None:
                raise Error("invalid_parameter", "convert_profile: `to: file` needs `file`, an ICC profile.")
            file.write(context.file(params.file))
            file.flush()
            target = file.name
        options = {"intent": params.intent, "black_point_compensation": params.black_point, "depth": depth}
        try:
            made = source.icc_transform(target, embedded=True, input_profile="srgb", **options)
            if made.bands != 3:
                raise Error("invalid_parameter", "convert_profile: only RGB profiles can be converted to.")
            made = made.copy_memory()
        except pyvips.Error as error:
            words = str(error).strip().splitlines()[-1] if str(error).strip() else "it is damaged"
            raise Error("invalid_parameter", f"The colour profile cannot be used: {words}.") from error
    profile = b"" if params.to == "srgb" else bytes(made.get("icc-profile-data"))
    return made, profile
