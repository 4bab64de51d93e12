"""Every setting of the desk, typed, read once from the environment or `.env`, checked at start.

docs/settings.md lists them all; a test holds the two together.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent


class SettingsError(Exception):
    """A setting that cannot be used. The message names the setting, the reason and the mend."""


class Settings(BaseSettings):
    """The settings. Field names in upper case are the environment variables."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore")

    data_dir: Path = Field(
        ROOT / "data", description="Folder for the database, the queue and the recordings."
    )
    database_url: str = Field("", description="Database address; empty means SQLite in DATA_DIR.")
    web_host: str = Field("127.0.0.1", description="Address the web desk listens on.")
    web_port: int = Field(8501, ge=1, le=65535, description="Port the web desk listens on.")
    rulebook: str = Field(
        "goods_sales,office_building_property,hospital_callback",
        description="Presets merged left to right over base, separated by commas.",
    )
    site_rulebook: Path | None = Field(None, description="A TOML file of the site's own values, merged last.")
    whisper_model: str = Field(
        "demo",
        description="Speech model: demo (knows only the demo's synthetic voice), a Whisper name such as small"
        " or turbo (downloaded once), or the path of a checkpoint.",
    )
    speech_engine: Literal["openai", "faster"] = Field(
        "openai", description="What listens: openai (openai-whisper) or faster (requirements-faster.txt)."
    )
    whisper_precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto",
        description="Weights of the engine openai; auto takes bfloat16 where the processor is fast at it and a known"
        " recording is heard the same.",
    )
    worker_processes: int = Field(
        1, ge=1, le=64, description="Transcriptions that run at once; never more than there are cores."
    )
    whisper_threads: int = Field(
        0,
        ge=0,
        le=128,
        description="Threads for each; 0 shares the cores out and keeps one for the desk. Lowered where processes times"
        " threads exceed the cores.",
    )
    watch_dir: Path | None = Field(None, description="Folder watched for new recordings; empty watches none.")
    watch_pattern: str = Field(
        r"(?P<agent>[^_]+)_(?P<date>\d{8})T(?P<time>\d{6})_(?P<call_id>.+)",
        description="How agent, local time and call number stand in a watched file's name (regular expression).",
    )
    agent_channel: Literal["left", "right"] = Field(
        "left", description="Channel of a stereo recording that carries the agent."
    )
    max_upload_mb: int = Field(
        200, ge=1, le=4096, description="Largest recording or spreadsheet accepted, in MB."
    )
    max_recording_minutes: int = Field(
        180, ge=1, le=1440, description="Longest recording accepted, in minutes."
    )
    sign_in_hours: int = Field(12, ge=1, le=720, description="Hours until a sign-in expires.")
    cookie_secure: bool = Field(
        False, description="Send the sign-in cookie over HTTPS only; on behind a TLS proxy."
    )
    desk_language: Literal["zh", "en"] = Field("zh", description="Language before a user has chosen one.")

    @field_validator("data_dir")
    @classmethod
    def _from_the_project(cls, value: Path) -> Path:
        return value if value.is_absolute() else ROOT / value  # wherever the desk is started from

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:", "postgresql:", "postgresql+psycopg:")):
            raise ValueError("only sqlite: and postgresql: addresses are supported")
        return (
            value.replace("postgresql:", "postgresql+psycopg:", 1)
            if value.startswith("postgresql:")
            else value
        )

    @property
    def database(self) -> str:
        """The database address in use."""
        return self.database_url or f"sqlite:///{self.data_dir / 'desk.sqlite3'}"

    @property
    def recordings_dir(self) -> Path:
        """Private storage of recordings; served only through the guarded route."""
        return self.data_dir / "recordings"

    @property
    def speech_dir(self) -> Path:
        """What an engine made of a speech model; can be deleted, it is made again."""
        return self.data_dir / "speech"

    @property
    def presets(self) -> tuple[str, ...]:
        """The presets of `rulebook`, in order."""
        return tuple(p.strip() for p in self.rulebook.split(",") if p.strip())


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once.

    Raises SettingsError with one line naming the setting, what was wrong and where to mend it.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(
            f"setting {name}={first.get('input')!r}: {first['msg']}. Mend it in the environment or in .env; docs/settings.md lists every setting"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f".env cannot be read: {error}. Make it readable UTF-8 text or remove it"
        ) from None
