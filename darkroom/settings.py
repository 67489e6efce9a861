"""Settings: one typed model read from `DARKROOM_*` variables and an optional `.env` file.

Nothing else in Darkroom reads the environment.
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from darkroom.errors import Error
from darkroom.secret_references import resolved


class Settings(BaseSettings):
    """Everything an operator can set; each field is the variable `DARKROOM_<NAME>`."""

    model_config = SettingsConfigDict(
        env_prefix="DARKROOM_", env_file=".env", extra="ignore", frozen=True, use_attribute_docstrings=True
    )

    home: Path = Path("data")
    """Folder that holds all state: database, blobs, inbox, logs. Deleting it is a clean start."""
    web_port: int = Field(8000, ge=1, le=65535)
    """Port of the web app and the REST API, on loopback."""
    dagster_port: int = Field(3000, ge=1, le=65535)
    """Port of Dagster's own web app, on loopback."""
    mongo_uri: SecretStr | None = None
    """MongoDB to use instead of starting one. It must be a replica set (transactions, change streams)."""
    mongo_database: str = Field("darkroom", pattern=r"^[A-Za-z0-9_-]{1,60}$")
    """Name of the database."""
    lens_profiles: Path | None = None
    """Folder with Lensfun's database (XML), for `lens_correct`; the folder `lenses` of the home when not set."""
    mongod: Path | None = None
    """Path of a mongod program, tried before the one on PATH and the packaged one."""
    samples: bool = True
    """Put the sample pictures into the inbox when an empty library starts."""

    storage: str | None = None
    """Where originals and renditions lie: `s3://bucket/folder?endpoint=...&region=...`, `gs://bucket/folder`,
    `az://container/folder` or a path; `blobs` in the home folder when not set."""
    storage_credentials: SecretStr | None = None
    """Credentials of object stores as JSON, by scheme or by the `credentials=` of a URL, where the provider's usual
    variables do not serve: `{"s3": {"access_key_id": "...", "secret_access_key": "..."}}`."""
    storage_more: str | None = None
    """Further places with a name each, separated by spaces: `archive=s3://bucket/a cold=az://container`."""
    storage_rules: str | None = None
    """Which blobs belong in which place, the first rule that fits: `renditions -> local; originals over 50MB -> archive`.
    Conditions: `originals`, `renditions`, `over 50MB`, `older 365d`, `tagged NAME`; all else goes to `main`."""
    backups: str | None = None
    """Place for backups that are asked for over REST, or with `darkroom backup` without a place: a folder, best on another disk,
    or a URL like those of DARKROOM_STORAGE, with credentials as for it."""
    backups_keep: int | None = Field(None, ge=1)
    """Backups in that place that stay, the newest; older ones are removed with what only they hold. All of them when not set."""
    backups_keep_days: float | None = Field(None, gt=0)
    """Younger backups than that stay in any case; where this alone is set, older ones are removed, but for the last one."""

    dagster_logs: str | None = None
    """Bucket for what runs print, as `s3://bucket/folder?endpoint=...&region=...`, with credentials as for DARKROOM_STORAGE;
    the home folder when not set."""

    buckets: str | None = None
    """Buckets that pictures are dropped into, with a name each, separated by spaces: `studio=s3://drop/pictures?region=eu-central-1`.
    What is new or changed there comes into the library; nothing there is changed. Credentials as for DARKROOM_STORAGE."""
    upload_direct: bool = False
    """Let browsers and programs send large files straight to the bucket of `DARKROOM_STORAGE`, by signed addresses; the
    bucket must allow that to Darkroom's pages (CORS, see docs/storage)."""
    upload_most_open: int = Field(200, ge=1, le=100_000)
    """Uploads in parts that one account may have open at a time."""
    upload_keep_hours: float = Field(48.0, gt=0, le=8_760)
    """Hours without anything coming in after which an upload in parts is given up."""

    inbox_mode: Literal["move", "keep"] = "move"
    """What happens to an inbox file once it is in the library: moved to `inbox/.done`, or left in place."""
    settle_seconds: float = Field(1.0, ge=0, le=3600)
    """How long a file in the inbox must stay unchanged before it is taken."""
    batch_max_files: int = Field(5000, ge=1, le=50_000)
    """Largest number of files in one batch, which is one Dagster run."""
    reconcile_seconds: int = Field(60, ge=30, le=86_400)
    """How often the whole inbox is compared with what is known, for files that a watcher missed."""
    heartbeat_seconds: float = Field(30.0, ge=2, le=3600)
    """Silence after which a running batch counts as abandoned and is taken up by a new run."""

    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=256)
    """Pictures decoded at the same time."""
    decode_memory_mb: int = Field(1536, ge=128)
    """Memory that all pictures being decoded may need together, where the machine has as much left; a larger one waits to run alone."""
    decode_timeout_seconds: float = Field(60.0, gt=0, le=3600)
    """Time one picture may take before its decoder is stopped."""
    recipe_timeout_seconds: float = Field(300.0, gt=0, le=86_400)
    """Time a recipe may take for one picture that is worked on in a process of its own."""
    trainings: int = Field(1, ge=1, le=100)
    """Trainings at work at the same time; further ones wait their turn."""
    orders: int = Field(2, ge=1, le=4)
    """Orders of recipes at work at the same time; further ones wait, so that pictures that come in find a free run."""
    ray_address: str | None = None
    """Ray cluster that trainings and orders of recipes run on, as `auto`, `host:6379` or `ray://host:10001`; its machines share
    the home folder and this code. Without one, orders use the cores of this machine, and Ray is started on it for trainings with
    several workers alone."""
    plugins_in_process: bool = False
    """Whether packages of this Python may declare operations too (entry points of the group `darkroom.operations`): they run in Darkroom's own
    processes, unconfined. For who writes them; plug-ins are installed with `darkroom plugin install`."""
    hub: bool = False
    """Whether trainings may fetch weights that others trained from the Hugging Face hub (`--set weights=hub:OWNER/NAME`)."""
    price_per_hour: float | None = Field(None, ge=0)
    """What an hour of this machine (of each worker, where several share a training) costs, for estimates; nothing is told of cost without it."""
    currency: str = Field("EUR", min_length=1, max_length=12)
    """What prices are told in."""
    watts: float | None = Field(None, gt=0, le=100_000)
    """What this machine (each worker) draws while it learns, in watts, by which cards of models tell energy. Without it 20 watts, 10 for each core
    that computes and 350 for a GPU are taken, and called an estimate."""
    stage_cache_mb: int = Field(2048, ge=0)
    """Disk space for pictures between the steps of recipes, so that a late step that changes is all that runs again; 0 for none."""
    tile_cache_mb: int = Field(2048, ge=0)
    """Disk space for tiles of large pictures that somebody looked at closely; beyond it what was not looked at for longest goes."""
    rendition_max_gb: float = Field(100.0, gt=0)
    """Space for what recipes made; beyond it what was not used for longest goes, it can be made again."""
    rendition_max_days: float = Field(365.0, gt=0)
    """Days since its last use after which something that a recipe made goes."""
    operation_days: float = Field(30.0, gt=0, le=3650)
    """Days for which operations are listed, and can be undone where that is possible."""
    trash_days: float = Field(30.0, ge=0)
    """Days after which pictures in the trash are removed for good; 0 keeps them until somebody empties it."""
    max_pixels: int = Field(250_000_000, ge=1)
    """Most pixels (width x height x frames decoded) that a picture may have."""
    max_file_bytes: int = Field(2_000_000_000, ge=1)
    """Largest file that is read, TIFF excepted."""
    import_max_bytes: int = Field(20_000_000_000, ge=1)
    """Largest archive of labelled pictures that is taken, and most bytes that may come of it when it is unpacked."""
    max_streamed_pixels: int = Field(4_000_000_000, ge=1)
    """Most pixels of a TIFF that can be read region by region; what is decoded of it at a time keeps to `max_pixels`."""
    max_streamed_bytes: int = Field(20_000_000_000, ge=1)
    """Largest TIFF that is read; above 256 MB only the regions that are needed are read."""
    max_frames: int = Field(5_000, ge=1)
    """Most frames or pages that a picture may have."""
    max_ratio: float = Field(2_000.0, ge=1)
    """Largest ratio of decoded bytes to file bytes; above it a picture counts as a decompression bomb."""
    thumbnail_pixels: int = Field(256, ge=32, le=1024)
    """Long side of a thumbnail."""
    preview_pixels: int = Field(1024, ge=256, le=4096)
    """Long side of a preview; 5 % less is accepted where that saves decoding at twice the scale."""
    near_duplicate_distance: int = Field(6, ge=0, le=7)
    """Most bits (of 64) in which the perceptual hashes of near duplicates differ."""

    retry_attempts: int = Field(3, ge=0, le=10)
    """How often a retryable failure is tried again by itself."""
    retry_base_seconds: float = Field(0.5, gt=0, le=60)
    """First wait before a retry; it doubles each time, with full jitter."""

    public_url: str | None = Field(None, pattern=r"^https?://[A-Za-z0-9.\-\[\]:]+$")
    """Address under which people reach the web app through a reverse proxy, as `https://darkroom.example.org`; requests
    for it are served once there is an administrator. With https, cookies are bound to it."""
    trust_proxy: bool = False
    """Believe the last address in `X-Forwarded-For`, for a reverse proxy on this machine that sets it."""
    password_cost: int | None = Field(None, ge=4, le=16)
    """Cost of a password's bcrypt hash; measured once so that one takes about 250 ms when not set."""

    oidc_google_client_id: str | None = None
    """Client id of Darkroom at Google; with it and the secret, people sign in with their Google accounts."""
    oidc_google_client_secret: SecretStr | None = None
    """Client secret of Darkroom at Google."""
    oidc_github_client_id: str | None = None
    """Client id of Darkroom at GitHub (an OAuth app); with it and the secret, people sign in with their GitHub accounts."""
    oidc_github_client_secret: SecretStr | None = None
    """Client secret of Darkroom at GitHub."""
    oidc_github_url: str = "https://github.com"
    """Address of GitHub; that of one's own server with GitHub Enterprise."""
    oidc_providers: SecretStr | None = None
    """Further OpenID Connect providers as JSON, each under a short id: `{"work": {"name": "Our company",
    "issuer": "https://id.example.org", "client_id": "...", "client_secret": "..."}}`."""
    signup_role: Literal["viewer", "annotator", "editor", "trainer"] | None = None
    """Role of people who sign in with another provider and have no account yet; without it they are refused."""
    signup_domains: str | None = None
    """Domains of the addresses for which accounts are made so, separated by spaces; any when not set."""

    rate_user: int = Field(12_000, ge=0, le=100_000_000)
    """Units that one account may spend in a minute over the API: a request costs one, a thumbnail a tenth, what takes more
    work more, and a megabyte one. 0 for no limit. Whoever needs no account pays nothing."""
    rate_token: int = Field(12_000, ge=0, le=100_000_000)
    """The same for one API token."""
    rate_address: int = Field(1_200, ge=0, le=100_000_000)
    """The same for one address that shows no account, or credentials that are not good; signing in costs 20."""
    rate_parallel: int = Field(16, ge=1, le=1000)
    """How many requests of one account are worked on at a time; further ones wait their turn."""
    body_stall_seconds: float = Field(30.0, gt=0, le=3600)
    """Silence in the middle of a request's body after which it is given up."""

    mail_server: str | None = None
    """Host of the SMTP server that links to set a password and invitations are sent through."""
    mail_port: int = Field(587, ge=1, le=65535)
    """Its port."""
    mail_security: Literal["starttls", "tls", "none"] = "starttls"
    """How the way to it is encrypted; `none` is for a server on this machine alone."""
    mail_user: str | None = None
    """Name to sign in to it with."""
    mail_password: SecretStr | None = None
    """Password to sign in to it with."""
    mail_from: str | None = None
    """Address that mail comes from, as `Darkroom <darkroom@example.org>`."""
    mail_ca: Path | None = None
    """File with the certificate authority of the server, where it is not one that everybody knows."""

    url: str | None = Field(None, pattern=r"^https?://[^/@\s]+/?$")
    """Address of the Darkroom that commands and Python programs act on; without it commands act on the one that runs on
    this home."""
    token: SecretStr | None = None
    """API token that commands and Python programs show to it."""
    config_dir: Path | None = None
    """Folder where `darkroom login` keeps its tokens; the user's usual configuration folder when not set."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severe level that is logged."""
    log_format: Literal["auto", "json", "console"] = "auto"
    """`auto` writes for people on a terminal and JSON lines elsewhere."""

    @field_validator(
        "mongo_uri", "storage_credentials", "oidc_google_client_secret", "oidc_github_client_secret", "oidc_providers",
        "mail_password", "token",
    )  # fmt: skip
    @classmethod
    def _referred(cls, value: SecretStr | None) -> SecretStr | None:
        """A secret may be given as `file:/path` or `env:NAME`."""
        return resolved(value) if value is not None else None

    @classmethod
    def load(cls, **overrides: object) -> Settings:
        """Read the environment, with `overrides` (None values ignored) on top.

        Raises:
            Error: `invalid_setting`, naming the variable and what was wrong.
        """
        try:
            return cls(**{key: value for key, value in overrides.items() if value is not None})  # type: ignore[arg-type]
        except ValidationError as error:
            first = error.errors()[0]
            name = "DARKROOM_" + "_".join(str(part) for part in first["loc"]).upper()
            words = first["msg"].removeprefix("Value error, ")
            raise Error("invalid_setting", f"{name}: {words}", setting=name) from error

    @cached_property
    def home_path(self) -> Path:
        """The home folder, absolute."""
        return self.home.expanduser().resolve()

    def most_bytes(self, name: str) -> int:
        """Size above which a file need not be brought here; what it really is shows when it is read.

        Args:
            name: of the file.
        """
        streamed = name.lower().endswith((".tif", ".tiff", ".btf", ".tf8"))
        return max(self.max_file_bytes, self.max_streamed_bytes) if streamed else self.max_file_bytes

    @property
    def backbones(self) -> Path:
        """Weights that others trained, a folder for each: `config.json`, `model.safetensors`, `README.md` with the licence."""
        return self.home_path / "backbones"

    @property
    def models(self) -> Path:
        """ONNX files that others trained, to be brought into the library."""
        return self.home_path / "models"

    @property
    def plugins(self) -> Path:
        """Folder of installed plug-ins."""
        return self.home_path / "plugins"

    @property
    def detectors(self) -> Path:
        """Folder of models that find faces and other things in pictures."""
        return self.home_path / "detectors"

    @property
    def lenses(self) -> Path:
        """Folder of profiles of lenses."""
        return self.lens_profiles.expanduser().resolve() if self.lens_profiles else self.home_path / "lenses"

    @property
    def inbox(self) -> Path:
        """The watched folder."""
        return self.home_path / "inbox"

    @property
    def uploads(self) -> Path:
        """Where uploads and `darkroom ingest` stage files until their batch has run."""
        return self.home_path / "uploads"

    @property
    def exports(self) -> Path:
        """Where exported pictures wait to be fetched."""
        return self.home_path / "exports"

    @property
    def imports(self) -> Path:
        """Where archives of labelled pictures lie while they are read."""
        return self.home_path / "imports"

    @property
    def blobs(self) -> Path:
        """Root of the local blob store."""
        return self.home_path / "blobs"

    @property
    def dagster_home(self) -> Path:
        """DAGSTER_HOME."""
        return self.home_path / "dagster"

    @property
    def logs(self) -> Path:
        """Folder of the services' log files."""
        return self.home_path / "logs"

    @property
    def run_dir(self) -> Path:
        """Folder of pid and state files of the running services."""
        return self.home_path / "run"

    @property
    def web_url(self) -> str:
        """Address of the web app and the REST API."""
        return f"http://localhost:{self.web_port}"

    @property
    def public_address(self) -> str:
        """Address that people use: behind a proxy its own, else the one on this machine."""
        return self.public_url.rstrip("/") if self.public_url else self.web_url

    @property
    def keys(self) -> Path:
        """Folder of the keys that access tokens are signed with."""
        return self.home_path / "keys"

    @property
    def dagster_url(self) -> str:
        """Address of Dagster's web app on this machine, where it asks nobody who he is."""
        return f"http://localhost:{self.dagster_port}"

    @property
    def dagster_address(self) -> str:
        """Address of Dagster's web app that people use: behind a proxy ours, which asks who they are."""
        return f"{self.public_address}/dagster" if self.public_url else self.dagster_url
