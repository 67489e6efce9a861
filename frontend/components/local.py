"""Our own React components, fed by REST: what scrolls, drags or moves fast never goes through State.

Their sources lie in `assets/ui`, where Reflex's build finds them as `$/public/ui`.
"""

from __future__ import annotations

import reflex as rx

_ICONS = "lucide-react@1.26.0"


class _Local(rx.NoSSRComponent):
    """A component of ours; it needs a browser to measure and to listen."""

    lib_dependencies: list[str] = [_ICONS]


class Gallery(_Local):
    """Search, filters, grid and lightbox."""

    library = "$/public/ui/gallery.jsx"
    tag = "Gallery"

    sorts: rx.Var[list[list[str]]]
    """Orders offered, each with words for it."""


class Develop(_Local):
    """What is done to a picture, and what comes of it."""

    library = "$/public/ui/develop/develop.jsx"
    tag = "Develop"


class Plugins(_Local):
    """Plug-ins, and what each may do."""

    library = "$/public/ui/plugins.jsx"
    tag = "Plugins"


class Activity(_Local):
    """Queue, batches, failures, runs and services."""

    library = "$/public/ui/activity.jsx"
    tag = "Activity"


class Collections(_Local):
    """Collections of pictures, by hand or by a view that is kept."""

    library = "$/public/ui/collections.jsx"
    tag = "Collections"


class Tags(_Local):
    """All tags as a tree; renamed, joined, coloured and taken away."""

    library = "$/public/ui/tags.jsx"
    tag = "Tags"


class Rules(_Local):
    """What is done by itself with pictures that come in."""

    library = "$/public/ui/rules/rules.jsx"
    tag = "FilingRules"


class Experiments(_Local):
    """Trainings beside each other."""

    library = "$/public/ui/learn/experiments.jsx"
    tag = "Experiments"


class Datasets(_Local):
    """What there is to learn from."""

    library = "$/public/ui/learn/datasets.jsx"
    tag = "Datasets"


class Annotate(_Local):
    """Labels of a dataset, picture by picture."""

    library = "$/public/ui/annotate/annotate.jsx"
    tag = "Annotate"


class Training(_Local):
    """Trainings, one of them live."""

    library = "$/public/ui/learn/training.jsx"
    tag = "Training"


class Models(_Local):
    """Versions of models, and which of them is used."""

    library = "$/public/ui/learn/models.jsx"
    tag = "Models"


class Report(_Local):
    """What a model is worth."""

    library = "$/public/ui/learn/report.jsx"
    tag = "Report"
    lib_dependencies: list[str] = [_ICONS, "plotly.js-cartesian-dist-min@4.1.1"]


class Trash(_Local):
    """What was thrown away, and can be brought back."""

    library = "$/public/ui/trash.jsx"
    tag = "Trash"


class Boundary(rx.Component):
    """Keeps the failure of a page within it."""

    library = "$/public/ui/boundary.jsx"
    tag = "Boundary"


class Missing(_Local):
    """The page of addresses that lead nowhere."""

    library = "$/public/ui/boundary.jsx"
    tag = "Missing"


class SignIn(_Local):
    """Address and password, or another provider."""

    library = "$/public/ui/enter.jsx"
    tag = "SignIn"

    errors: rx.Var[dict[str, list[str]]]
    """What may come of signing in elsewhere: code, and what it is and what to do in words."""


class Setup(_Local):
    """The first administrator, or nobody for now."""

    library = "$/public/ui/enter.jsx"
    tag = "Setup"


class Reset(_Local):
    """A new password by a one-time link."""

    library = "$/public/ui/enter.jsx"
    tag = "Reset"


class Account(_Local):
    """One's own account: name, password, sessions, permissions and API tokens."""

    library = "$/public/ui/account.jsx"
    tag = "Account"

    errors: rx.Var[dict[str, list[str]]]
    """What may come of linking an account elsewhere, as for signing in."""


class People(_Local):
    """Accounts, roles, rules, and why somebody may not."""

    library = "$/public/ui/people.jsx"
    tag = "People"


class Audit(_Local):
    """The audit log."""

    library = "$/public/ui/audit.jsx"
    tag = "Audit"


class Design(_Local):
    """Shared components in each of their states."""

    library = "$/public/ui/design/design.jsx"
    tag = "Design"


class SkipLink(_Local):
    """The first stop of every page, which leads past the navigation."""

    library = "$/public/ui/shell.jsx"
    tag = "SkipLink"


class ShellTools(_Local):
    """State of the services, keyboard help, the account menu and uploads."""

    library = "$/public/ui/shell.jsx"
    tag = "ShellTools"

    pages: rx.Var[list[list[str]]]
    """Pages that one is led to, each as its address and name."""


gallery = Gallery.create
develop = Develop.create
plugins = Plugins.create
activity = Activity.create
sign_in = SignIn.create
setup = Setup.create
reset = Reset.create
account = Account.create
people = People.create
audit = Audit.create
collections = Collections.create
rules = Rules.create
tags = Tags.create
datasets = Datasets.create
annotate = Annotate.create
experiments = Experiments.create
training = Training.create
models = Models.create
report = Report.create
trash = Trash.create
boundary = Boundary.create
missing = Missing.create
design = Design.create
skip_link = SkipLink.create
shell_tools = ShellTools.create
