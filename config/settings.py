"""All settings: the only module that reads the environment."""

import logging
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, ValidatorFunctionWrapHandler, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from config.texts import load_texts

log = logging.getLogger(__name__)
_Address = Annotated[str, Field(pattern=r"^https?://\S+$")]
_Platform = Annotated[str, Field(pattern=r"^(https://|http://(localhost|127\.|\[::1\]))\S+$")]
"""Tokens are sent there, so plain http is accepted only for this machine."""


class Settings(BaseSettings):
    """Every setting, read once from the environment or a .env file in the working folder; a blank one is not set.

    What each means stands in docs/settings.md alone; a test holds the page complete.
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8-sig", env_ignore_empty=True, extra="ignore", frozen=True
    )

    antam_data_dir: Path = Path("data")
    database_url: str | None = None
    chroma_url: _Address | None = None
    embedding_model: str | None = None
    reranker_model: str | None = None
    public_url: _Address | None = None
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    log_level: Annotated[str, Field(pattern="^(?i:debug|info|warning|error)$")] = "INFO"

    telegram_bot_token: SecretStr | None = None
    telegram_mode: Literal["polling", "webhook"] = "polling"
    telegram_webhook_secret: SecretStr | None = None
    telegram_api_url: _Platform = "https://api.telegram.org"

    zalo_oa_id: str | None = None
    zalo_oa_app_id: str | None = None
    zalo_oa_app_secret: SecretStr | None = None
    zalo_oa_webhook_secret: SecretStr | None = None
    zalo_oa_access_token: SecretStr | None = None
    zalo_oa_refresh_token: SecretStr | None = None
    zalo_oa_template_id: str | None = None
    zalo_oa_button_template_type: bool = False
    zalo_oa_appsecret_proof: bool = False
    zalo_oa_paid_sends: bool = False
    zalo_openapi_url: _Platform = "https://openapi.zalo.me"
    zalo_business_url: _Platform = "https://business.openapi.zalo.me"
    zalo_oauth_url: _Platform = "https://oauth.zaloapp.com"

    zalo_bot_token: SecretStr | None = None
    zalo_bot_mode: Literal["polling", "webhook"] = "polling"
    zalo_bot_webhook_secret: SecretStr | None = None
    zalo_bot_api_url: _Platform = "https://bot-api.zaloplatforms.com"

    send_timeout_s: Annotated[float, Field(gt=0, le=600)] = 15.0
    uncertain_retry_s: Annotated[float, Field(ge=0, le=86_400)] = 120.0

    @field_validator("*", mode="wrap")
    @classmethod
    def _usable(cls, value: Any, read: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        """Replace an invalid value by the default and log one line, so that the rest of the program runs."""
        try:
            return read(value)
        except ValidationError:
            log.error(load_texts("vi").say("fault.settings", name=str(info.field_name).upper()))
            return cls.model_fields[str(info.field_name)].default

    @property
    def database_address(self) -> str:
        """The database to use: the one set, else a SQLite file in the data folder."""
        return self.database_url or f"sqlite:///{self.antam_data_dir / 'antam.db'}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret that is set, to be hidden in logs."""
        return tuple(secret_of(value) for _, value in self if isinstance(value, SecretStr))


def secret_of(value: SecretStr | None) -> str:
    """Return a secret as set, without the line end a file may have added; empty when it is not set."""
    return value.get_secret_value().strip() if value else ""
