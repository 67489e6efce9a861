"""Calls on recipes and what they make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from darkroom.client.call import Call, address, given

if TYPE_CHECKING:
    from darkroom.domain.develop_history import CopiedSteps, HistoryGiven
    from darkroom.domain.quality_curve import QualityCurve
    from darkroom.services.activity_views import Hurry
    from darkroom.services.recipes.contest_views import ChoiceGiven, ContestList, ContestView, NewContest
    from darkroom.services.recipes.example_views import ExampleList, ExamplesGiven
    from darkroom.services.recipes.filter_views import FilterDetail, FilterList, LookGiven, NewFilter
    from darkroom.services.recipes.order_views import Estimate, OrderGiven, OrderPage, OrderView, RenditionPage
    from darkroom.services.recipes.views import (
        CopiedView,
        CurveGiven,
        HistoryView,
        NewPreset,
        OperationList,
        PluginList,
        PluginSwitch,
        PluginView,
        PresetDetail,
        PresetList,
        PreviewGiven,
        RecipeGiven,
        Retired,
        Validation,
    )

_FILTER = "services.recipes.filter_views:FilterDetail"
_CONTESTS = "services.recipes.contest_views"


def preview_recipe(image_id: str, given_: PreviewGiven) -> Call[bytes]:
    """What a recipe makes of a picture, in small and at once; nothing is kept."""
    return Call("POST", address("images", image_id, "recipe-preview"), body=given_)


def curve_quality(image_id: str, given_: CurveGiven) -> Call[QualityCurve]:
    """Bytes and likeness over the qualities of a format, of what a recipe makes of a picture; nothing is kept."""
    return Call("POST", address("images", image_id, "quality-curve"), "domain.quality_curve:QualityCurve", body=given_)


def get_develop_history(image_id: str) -> Call[HistoryView]:
    """What one did to a picture in Develop, state by state; others have histories of their own."""
    return Call("GET", address("images", image_id, "develop-history"), "services.recipes.views:HistoryView")


def save_develop_history(image_id: str, given_: HistoryGiven, *, if_match: str = "*") -> Call[HistoryView]:
    """Keep what one did to a picture; `If-Match: "0"` does so only if nothing is kept yet."""
    path = address("images", image_id, "develop-history")
    return Call("PUT", path, "services.recipes.views:HistoryView", body=given_, if_match=if_match)


def clear_develop_history(image_id: str, *, if_match: str = "*") -> Call[None]:
    """Forget what one did to a picture in Develop: its states, snapshots and the way back; the picture stays as it is."""
    return Call("DELETE", address("images", image_id, "develop-history"), if_match=if_match)


def choose_examples(given_: ExamplesGiven) -> Call[ExampleList]:
    """Some pictures of a selection to try a recipe on: those where it is likely to go wrong, then those that differ as much as all of them do."""
    model = "services.recipes.example_views:ExampleList"
    return Call("POST", address("images", "examples"), model, body=given_, takes_key=False)


def get_copied_steps() -> Call[CopiedView]:
    """What one copied last, to be done to other pictures."""
    return Call("GET", address("develop", "clipboard"), "services.recipes.views:CopiedView")


def copy_steps(given_: CopiedSteps, *, if_match: str = "*") -> Call[CopiedView]:
    """Copy what is done to a picture, in place of what was copied before."""
    path = address("develop", "clipboard")
    return Call("PUT", path, "services.recipes.views:CopiedView", body=given_, if_match=if_match)


def list_renditions(image_id: str, *, limit: int | None = None) -> Call[RenditionPage]:
    """What recipes made of a picture, newest first, with how it was found where a quality was looked for."""
    return Call(
        "GET",
        address("images", image_id, "renditions"),
        "services.recipes.order_views:RenditionPage",
        query=given(limit=limit),
    )


def get_rendition(image_id: str, rendition_id: str, *, download: bool | None = None) -> Call[bytes]:
    """The file that a recipe made; it never changes under its address."""
    return Call("GET", address("images", image_id, "renditions", rendition_id), query=given(download=download))


def list_operations() -> Call[OperationList]:
    """Operations that a step of a recipe can be, with the JSON schema of their parameters and words for people."""
    return Call("GET", address("imaging", "operations"), "services.recipes.views:OperationList")


def list_plugins() -> Call[PluginList]:
    """Installed plug-ins, with what each may do, and what this system holds them to."""
    return Call("GET", address("plugins"), "services.recipes.views:PluginList")


def switch_plugin(plugin_id: str, given_: PluginSwitch) -> Call[PluginView]:
    """Switch a plug-in off, or on again; everything that runs sees it before its next step."""
    return Call("POST", address("plugins", plugin_id, "switch"), "services.recipes.views:PluginView", body=given_)


def list_presets() -> Call[PresetList]:
    """Saved recipes, those that come with Darkroom first."""
    return Call("GET", address("presets"), "services.recipes.views:PresetList")


def save_preset(given_: NewPreset) -> Call[PresetDetail]:
    """Save a recipe; under a name that is there already it becomes the next version, which never changes any more."""
    return Call("POST", address("presets"), "services.recipes.views:PresetDetail", body=given_)


def retire_preset(preset_id: str) -> Call[Retired]:
    """Take a preset out of the list; its versions stay readable for what was made with them."""
    return Call("DELETE", address("presets", preset_id), "services.recipes.views:Retired")


def get_preset(preset_id: str) -> Call[PresetDetail]:
    """Everything known of a version of a preset, with where it is used."""
    return Call("GET", address("presets", preset_id), "services.recipes.views:PresetDetail")


def list_filters() -> Call[FilterList]:
    """Filters of the library; each is an operation `user/name` of recipes."""
    return Call("GET", address("filters"), "services.recipes.filter_views:FilterList")


def save_filter(given_: NewFilter) -> Call[FilterDetail]:
    """Save a filter; under a name that is there already it becomes the next version, which never changes any more."""
    return Call("POST", address("filters"), _FILTER, body=given_)


def learn_filter(given_: LookGiven) -> Call[FilterDetail]:
    """Learn a look from a picture before and after its edit, and save it as a filter."""
    return Call("POST", address("filters", "learn"), _FILTER, body=given_)


def get_filter(filter_id: str) -> Call[FilterDetail]:
    """Everything known of a version of a filter, with the presets that use it."""
    return Call("GET", address("filters", filter_id), _FILTER)


def get_filter_table(filter_id: str) -> Call[bytes]:
    """The table of a filter that is a look, as a `.cube` file that other programs read."""
    return Call("GET", address("filters", filter_id, "table"))


def retire_filter(filter_id: str) -> Call[Retired]:
    """Take a filter out of the list; its versions stay for what was made with them."""
    return Call("DELETE", address("filters", filter_id), "services.recipes.views:Retired")


def list_preset_contests(*, preset: str) -> Call[ContestList]:
    """Contests of a preset, newest first."""
    return Call("GET", address("preset-contests"), f"{_CONTESTS}:ContestList", query=given(preset=preset))


def begin_preset_contest(given_: NewContest) -> Call[ContestView]:
    """Set another recipe against the newest version of a preset, on pictures that stand for a selection."""
    return Call("POST", address("preset-contests"), f"{_CONTESTS}:ContestView", body=given_)


def get_preset_contest(contest_id: str) -> Call[ContestView]:
    """A contest with what one preferred, and what all did once one has judged every picture."""
    return Call("GET", address("preset-contests", contest_id), f"{_CONTESTS}:ContestView")


def choose_in_preset_contest(contest_id: str, given_: ChoiceGiven) -> Call[ContestView]:
    """Keep what one prefers of a picture."""
    return Call("POST", address("preset-contests", contest_id, "choices"), f"{_CONTESTS}:ContestView", body=given_)


def promote_in_preset_contest(contest_id: str) -> Call[ContestView]:
    """Let what was preferred more often be the newest version of the preset."""
    return Call("POST", address("preset-contests", contest_id, "promote"), f"{_CONTESTS}:ContestView")


def validate_recipe(given_: RecipeGiven) -> Call[Validation]:
    """Check a recipe as a whole; the error names step, parameter and remedy."""
    return Call("POST", address("recipes", "validate"), "services.recipes.views:Validation", body=given_)


def list_rendition_orders(*, limit: int | None = None, state: Sequence[str] = ()) -> Call[OrderPage]:
    """Orders, newest first."""
    return Call(
        "GET", address("renditions"), "services.recipes.order_views:OrderPage", query=given(limit=limit, state=state)
    )


def order_renditions(given_: OrderGiven) -> Call[OrderView]:
    """Have a recipe run on pictures."""
    order = given_.model_copy(update={"dry_run": False})
    return Call("POST", address("renditions"), "services.recipes.order_views:OrderView", body=order)


def estimate_renditions(given_: OrderGiven) -> Call[Estimate]:
    """Tell how many pictures a recipe would be run on, how long it takes, and how many bytes come of it."""
    order = given_.model_copy(update={"dry_run": True})
    return Call("POST", address("renditions"), "services.recipes.order_views:Estimate", body=order)


def get_rendition_order(rendition_id: str) -> Call[OrderView]:
    """How far an order is: counters, rate and time left."""
    return Call("GET", address("renditions", rendition_id), "services.recipes.order_views:OrderView")


def cancel_rendition_order(rendition_id: str) -> Call[OrderView]:
    """Stop an order; what is made stays, and the same order again goes on from there."""
    return Call("POST", address("renditions", rendition_id, "cancel"), "services.recipes.order_views:OrderView")


def hurry_rendition_order(rendition_id: str, given_: Hurry) -> Call[OrderView]:
    """Change how urgent an order is that waits."""
    path = address("renditions", rendition_id, "priority")
    return Call("POST", path, "services.recipes.order_views:OrderView", body=given_)
