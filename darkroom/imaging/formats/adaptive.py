"""Chooses quality, and the format if asked, for each picture: a likeness that must be reached, a size that must not be passed.

Predict on a sample, correct there, encode the whole, verify it, and correct once more where it fell short. Each step is
kept, so that a person can see why a picture got the quality it got.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from darkroom.domain.base import Model
from darkroom.errors import Error
from darkroom.imaging.formats.content import FEW_COLOURS, Content, colours, content_of
from darkroom.imaging.formats.encode import encode
from darkroom.imaging.formats.encoded import Encoded
from darkroom.imaging.formats.frames import AnyArray, Frames, Turnable
from darkroom.imaging.formats.load import load
from darkroom.imaging.formats.metadata.carry import Carry
from darkroom.imaging.formats.options import OPTIONS_OF, EncodeOptions, Target
from darkroom.imaging.formats.prepare import prepare
from darkroom.imaging.formats.similarity import luma, sampled, ssim
from darkroom.imaging.formats.targets import TARGETS

# Quality at which half of all photographs reach 0.96, and how fast the logarithm of the error falls with quality.
_STARTS: dict[str, float] = {"jpeg": 58, "webp": 72, "avif": 55, "jp2": 60}
_SLOPES: dict[str, float] = {"jpeg": -0.024, "webp": -0.030, "avif": -0.038, "jp2": -0.030}
_START_TARGET = 0.96
_PROBES = 4
_CORRECTIONS = 4
_FITTINGS = 7
# Likeness more than asked for that is not worth another attempt.
_TO_SPARE = 0.003
_KINDS: dict[Content, str] = {
    "drawing": "a drawing",
    "text": "text",
    "texture": "fine texture",
    "photo": "a photograph",
}


class AdaptiveOptions(Model):
    """What is asked of the result; the encoder's own options come beside it."""

    target: float | None = Field(0.96, ge=0.5, le=0.999, title="Likeness")
    """Structural similarity to the picture before encoding that must be reached; 0.96 is good, 0.98 is hard to tell apart."""
    targets: dict[Content, Annotated[float, Field(ge=0.5, le=0.999)]] = {}
    """Another likeness for some kinds of pictures: `drawing` (few colours), `text` (writing on an even ground), `texture` (so much fine
    detail or grain that losses drown in it), `photo` (all others)."""
    max_bytes: int | None = Field(None, ge=200, title="Most bytes")
    """Size of the file that must not be passed; it comes before the likeness."""
    formats: tuple[Target, ...] = ()
    """Formats to choose among, the smallest result wins; without it the encoder options' own."""
    lowest: int = Field(25, ge=1, le=100, title="Lowest quality")
    """Quality below which nothing is tried."""
    highest: int = Field(95, ge=1, le=100, title="Highest quality")
    """Quality above which nothing is tried."""


@dataclass(frozen=True)
class Step:
    """One attempt."""

    what: str
    """`sample` or `whole`."""
    format: str
    quality: int | None
    bytes: int
    score: float


@dataclass(frozen=True)
class Search:
    """How a quality was found."""

    target: float | None
    max_bytes: int | None
    score: float
    """Likeness of what was written, measured."""
    met: bool
    """Whether everything asked for was reached."""
    steps: tuple[Step, ...]
    reason: str
    """In words, for a person."""
    content: Content | None = None
    """Kind of the picture, where the likeness depends on it."""


@dataclass(frozen=True)
class Adapted:
    """A picture written at a quality that was looked for."""

    encoded: Encoded
    search: Search


@dataclass
class _Attempt:
    """A format being tried: what it was given, and what came of it."""

    options: EncodeOptions
    goal: AdaptiveOptions
    steps: list[Step] = field(default_factory=list)
    latest: Encoded = field(init=False)
    done: dict[tuple[str, int, int | None], tuple[Encoded, float]] = field(default_factory=dict)

    def run(self, what: str, reference: Frames, quality: int | None) -> tuple[Encoded, float]:
        """Encode, decode and compare; the same again costs nothing."""
        key = (what, id(reference), quality)
        if key not in self.done:
            self.done[key] = self._run(what, reference, quality)
        self.latest = self.done[key][0]
        return self.done[key]

    def _run(self, what: str, reference: Frames, quality: int | None) -> tuple[Encoded, float]:
        changed = {"quality": quality} if quality is not None else {}
        made = encode(reference, self.options.model_copy(update=changed))
        back = load(made.data, f"result.{made.format}").frames
        score = ssim(luma(sampled(reference)), luma(sampled(back)))
        self.steps.append(Step(what, made.format, quality, len(made.data), score))
        return made, score

    def clamp(self, quality: float) -> int:
        """A quality within the bounds."""
        return int(min(max(round(quality), self.goal.lowest), self.goal.highest))


def adapt(
    picture: Frames | Turnable | AnyArray,
    goal: AdaptiveOptions,
    options: EncodeOptions | None = None,
    *,
    metadata: Carry | None = None,
) -> Adapted:
    """The picture at the lowest quality that looks as asked, or the highest that fits.

    Args:
        goal: likeness and size; with both, size comes first, and `Search.met` tells whether the likeness was reached.
        options: everything else of the encoder; `quality` is what is looked for.
        metadata: as for `encode`; its bytes count.

    Raises:
        Error: `format_limit` when even the lowest quality is too large; `invalid_parameter` for neither goal; what
            `encode` raises.
    """
    if goal.target is None and goal.max_bytes is None:
        raise Error("invalid_parameter", "Adaptive quality needs a likeness to reach or a size to keep.")
    frames = Frames.given(picture)
    content = content_of(frames) if goal.targets else None
    if content in goal.targets:
        goal = goal.model_copy(update={"target": goal.targets[content]})
    options = options or EncodeOptions()
    steps: list[Step] = []
    if goal.formats:
        options = _best_format(frames, goal, options, steps)
    options = _steady(options)
    reference = _reference(frames, options)
    attempt = _Attempt(options, goal, steps)
    if TARGETS[options.format].quality is None or options.lossless:
        made, score = attempt.run("whole", reference, None)
    elif goal.target is not None:
        made, score = _reached(attempt, reference)
    else:
        made, score = attempt.run("whole", reference, goal.highest)
    overhead = _overhead(made, options, reference, metadata)
    if goal.max_bytes is not None and len(made.data) + overhead > goal.max_bytes:
        made, score = _fitted(attempt, reference, made, goal.max_bytes - overhead)
    if metadata is not None:
        made = encode(reference, options.model_copy(update={"quality": made.quality}), metadata=metadata)
    return Adapted(made, _told(made, score, attempt, content))


def _steady(options: EncodeOptions) -> EncodeOptions:
    """Colour at one resolution for all qualities: a likeness of brightness would pay for more and not see it."""
    halves = options.subsampling == "auto" and "subsampling" in OPTIONS_OF[options.format] and not options.lossless
    return options.model_copy(update={"subsampling": "420"}) if halves else options


def _reference(frames: Frames, options: EncodeOptions) -> Frames:
    """The picture in the colours it will have: what conversion changes is not the encoder's loss."""
    return prepare(frames, options, TARGETS[options.format].taking(options)).frames


def _predicted(attempt: _Attempt, sample: Frames) -> int:
    """The quality that reaches the target on the sample."""
    target = attempt.goal.target or _START_TARGET
    start = _STARTS.get(attempt.options.format, 60.0) + (_error(target) - _error(_START_TARGET)) / _slope(attempt)
    seen = _tried(attempt, "sample", sample, attempt.clamp(start), _PROBES)
    reached = [quality for quality, score in seen.items() if score >= target]
    return _next(attempt, seen) if not reached or not _close(attempt, seen) else min(reached)


def _reached(attempt: _Attempt, reference: Frames) -> tuple[Encoded, float]:
    """The whole picture at a quality found on its sample, verified, and corrected where it falls short."""
    sample = sampled(reference)
    if sample.pixels.shape == reference.pixels.shape:
        start = _STARTS.get(attempt.options.format, 60.0)
        start += (_error(attempt.goal.target or _START_TARGET) - _error(_START_TARGET)) / _slope(attempt)
        seen = _tried(attempt, "whole", reference, attempt.clamp(start), _PROBES + _CORRECTIONS)
    else:
        seen = _tried(attempt, "whole", reference, _predicted(attempt, sample), _CORRECTIONS, verify=True)
    target = attempt.goal.target or 0.0
    if max(seen.values()) < target and attempt.goal.highest not in seen:
        seen[attempt.goal.highest] = attempt.run("whole", reference, attempt.goal.highest)[1]
    quality = min((q for q, score in seen.items() if score >= target), default=max(seen))
    return attempt.run("whole", reference, quality)


def _tried(
    attempt: _Attempt, what: str, reference: Frames, quality: int, tries: int, *, verify: bool = False
) -> dict[int, float]:
    """Likeness at each quality tried, the next one always where the last ones point.

    Args:
        verify: the first that reaches the target is good enough.
    """
    seen: dict[int, float] = {}
    target = attempt.goal.target or _START_TARGET
    for _ in range(tries):
        seen[quality] = attempt.run(what, reference, quality)[1]
        if _close(attempt, seen) or (verify and seen[quality] >= target):
            break
        quality = _next(attempt, seen)
        if quality in seen:
            break
    return seen


def _close(attempt: _Attempt, seen: dict[int, float]) -> bool:
    """Whether the target is reached with little to spare, or cannot be reached with less or at all."""
    target = attempt.goal.target or _START_TARGET
    above = [quality for quality, score in seen.items() if score >= target]
    if not above:
        return attempt.goal.highest in seen
    least = min(above)
    return least == attempt.goal.lowest or seen[least] - target < _TO_SPARE or least - 1 in seen


def _slope(attempt: _Attempt) -> float:
    return _SLOPES.get(attempt.options.format, -0.03)


def _error(score: float) -> float:
    return math.log(max(1 - score, 1e-5))


def _next(attempt: _Attempt, seen: dict[int, float]) -> int:
    """Between one that falls short and one that reaches, else further along the line through the last two."""
    target = attempt.goal.target or _START_TARGET
    short = max((quality for quality, score in seen.items() if score < target), default=None)
    enough = min((quality for quality, score in seen.items() if score >= target), default=None)
    if short is not None and enough is not None and short < enough:
        share = (_error(target) - _error(seen[short])) / (_error(seen[enough]) - _error(seen[short]))
        # Where the curve bends, the line creeps up from one end: halving ends that.
        share = share if len(seen) < _PROBES else 0.5
        return min(short + max(1, math.ceil((enough - short) * share)), max(enough - 1, short + 1))
    here = short if short is not None else enough
    assert here is not None  # noqa: S101 - there is always an attempt before the next
    slope = _slope(attempt)
    others = sorted((abs(other - here), other) for other in seen if other != here)
    if others:
        measured = (_error(seen[here]) - _error(seen[others[0][1]])) / (here - others[0][1])
        slope = min(max(measured, slope * 3), slope / 3)
    step = (_error(target) - _error(seen[here])) / slope
    return attempt.clamp(here + (max(1, math.ceil(step)) if here == short else min(-1, math.ceil(step))))


def _overhead(made: Encoded, options: EncodeOptions, reference: Frames, metadata: Carry | None) -> int:
    """Bytes that metadata add."""
    if metadata is None:
        return 0
    tiny = Frames(reference.pixels[:8, :8].copy(), reference.icc)
    plain = options.model_copy(update={"quality": made.quality})
    return len(encode(tiny, plain, metadata=metadata).data) - len(encode(tiny, plain).data)


def _fitted(attempt: _Attempt, reference: Frames, made: Encoded, room: int) -> tuple[Encoded, float]:
    """The highest quality whose file is small enough, between the lowest and one that is too large."""
    if made.quality is None:
        raise Error("format_limit", f"Without loss the picture takes {len(made.data):,} bytes, {room:,} are allowed.")
    high, low = made.quality, attempt.goal.lowest
    large = len(made.data)
    best, score = attempt.run("whole", reference, low)
    small = len(best.data)
    if small > room:
        raise Error(
            "format_limit",
            f"Even at quality {low} the picture takes {small:,} bytes, {room:,} are allowed.",
            remedy="Make the picture smaller, allow more bytes, or lower the lowest quality.",
        )
    for _ in range(_FITTINGS):
        if high - low <= 1:
            break
        # The logarithm of the size grows nearly evenly with quality.
        share = math.log(room / small) / math.log(large / small) if large > small else 0.5
        quality = min(max(low + round((high - low) * share), low + 1), high - 1)
        tried, likeness = attempt.run("whole", reference, quality)
        if len(tried.data) <= room:
            best, score, low, small = tried, likeness, quality, len(tried.data)
        else:
            high, large = quality, len(tried.data)
    return best, score


def _best_format(frames: Frames, goal: AdaptiveOptions, options: EncodeOptions, steps: list[Step]) -> EncodeOptions:
    """The format that is smallest on the sample at the likeness asked for."""
    found: list[tuple[int, EncodeOptions]] = []
    sample = sampled(frames)
    for format_ in goal.formats:
        for chosen in _candidates(format_, frames, sample, options):
            attempt = _Attempt(chosen, goal, steps)
            reference = _reference(sample, chosen)
            if chosen.lossless or TARGETS[format_].quality is None:
                attempt.run("sample", reference, None)
            else:
                attempt.run("sample", reference, None if chosen.lossless else _predicted(attempt, reference))
            found.append((len(attempt.latest.data), chosen))
    if not found:
        names = ", ".join(goal.formats)
        raise Error("format_limit", f"None of {names} keeps what this picture has (transparency, frames).")
    return min(found, key=lambda pair: pair[0])[1]


def _candidates(format_: Target, frames: Frames, sample: Frames, options: EncodeOptions) -> list[EncodeOptions]:
    """Ways to write a format that keep transparency and frames; lossless ones for drawings only, where they win."""
    takes = TARGETS[format_].takes
    if (frames.has_alpha and not takes.alpha) or (frames.animated and not takes.animation):
        return []
    base = {"format": format_, "profile": options.profile, "background": options.background}
    is_drawing = colours(sample) <= FEW_COLOURS
    if TARGETS[format_].quality is None:
        return [EncodeOptions.checked(**base)] if is_drawing or format_ != "png" else []
    lossless = [EncodeOptions.checked(**base, lossless=True)] if format_ == "webp" and is_drawing else []
    return [_steady(EncodeOptions.checked(**base)), *lossless]


def _told(made: Encoded, score: float, attempt: _Attempt, content: Content | None) -> Search:
    goal = attempt.goal
    enough = goal.target is None or score >= goal.target
    fits = goal.max_bytes is None or len(made.data) <= goal.max_bytes
    quality = "without loss" if made.quality is None else f"at quality {made.quality}"
    words = [f"{TARGETS[made.format].title} {quality}: likeness {score:.4f}, {len(made.data):,} bytes"]
    if content is not None:
        words.append(f"taken for {_KINDS[content]}" + (f", of which {goal.target:g} is asked" if goal.target else ""))
    if goal.target is not None and not enough:
        limit = "the size allowed" if goal.max_bytes is not None else f"the highest quality {goal.highest}"
        words.append(f"{goal.target:g} was asked for and not reached because of {limit}")
    elif goal.target is not None and made.quality == goal.lowest:
        words.append(f"{goal.lowest} is the lowest quality allowed, less would have done")
    tried = len(attempt.steps)
    words.append(f"found by {tried} attempt{'s' if tried > 1 else ''}")
    told = "; ".join(words) + "."
    return Search(goal.target, goal.max_bytes, score, enough and fits, tuple(attempt.steps), told, content)
