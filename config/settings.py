"""The one door to the environment."""

import logging
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, ValidatorFunctionWrapHandler, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from config.texts import load_texts

log = logging.getLogger(__name__)
_Address = Annotated[str, Field(pattern=r"^https?://\S+$")]
_Platform = Annotated[str, Field(pattern=r"^(https://|http://(localhost|127\.|\[::1\]))\S+$")]
"""Tokens travel to it: plain http does for this machine alone."""


class Settings(BaseSettings):
    """Every setting, read once from the environment or a .env file in the working folder; a blank one is not set."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8-sig", env_ignore_empty=True, extra="ignore", frozen=True
    )

    antam_data_dir: Path = Field(
        Path("data"), description="Folder that holds all state; an empty one is a valid start."
    )
    database_url: str | None = Field(None, description="SQLAlchemy address; default: SQLite file in the data folder.")
    chroma_url: _Address | None = Field(None, description="Address of a Chroma server; default: Chroma in the process.")
    embedding_model: str | None = Field(
        None, description="Folder or hub name of another sentence-transformers model; default: the shipped one."
    )
    reranker_model: str | None = Field(None, description="Optional cross-encoder that reorders the best passages.")
    public_url: _Address | None = Field(
        None, description="Public https address, needed for webhooks and calendar links."
    )
    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port the web server listens on.")
    log_level: str = Field(
        "INFO", pattern="^(?i:debug|info|warning|error)$", description="DEBUG, INFO, WARNING or ERROR."
    )

    telegram_bot_token: SecretStr | None = Field(None, description="Token of the Telegram bot; empty: channel off.")
    telegram_mode: Literal["polling", "webhook"] = Field("polling", description="How Telegram updates arrive.")
    telegram_webhook_secret: SecretStr | None = Field(None, description="Secret header of the Telegram webhook.")
    telegram_api_url: _Platform = Field("https://api.telegram.org", description="Address of the Bot API server.")

    zalo_oa_id: str | None = Field(None, description="Id of the Zalo Official Account.")
    zalo_oa_app_id: str | None = Field(None, description="Id of the Zalo app.")
    zalo_oa_app_secret: SecretStr | None = Field(
        None, description="Secret of the Zalo app: for OAuth, and the key that seals the stored tokens."
    )
    zalo_oa_webhook_secret: SecretStr | None = Field(None, description="OA secret key, signs webhook events.")
    zalo_oa_access_token: SecretStr | None = Field(
        None, description="First access token; later ones live in the store."
    )
    zalo_oa_refresh_token: SecretStr | None = Field(None, description="First refresh token.")
    zalo_oa_template_id: str | None = Field(None, description="Approved template for reminders outside the window.")
    zalo_oa_button_template_type: bool = Field(False, description='Send "template_type": "button" with buttons.')
    zalo_oa_appsecret_proof: bool = Field(
        False, description="Prove the app secret with every call: only if Zalo answers error -242."
    )
    zalo_oa_paid_sends: bool = Field(False, description="Allow paid messages between 48 hours and 7 days.")
    zalo_openapi_url: _Platform = Field("https://openapi.zalo.me", description="Address of the Zalo OA API.")
    zalo_business_url: _Platform = Field("https://business.openapi.zalo.me", description="Address of the template API.")
    zalo_oauth_url: _Platform = Field("https://oauth.zaloapp.com", description="Address of the Zalo OAuth server.")

    zalo_bot_token: SecretStr | None = Field(None, description="Token of the Zalo bot; empty: channel off.")
    zalo_bot_mode: Literal["polling", "webhook"] = Field("polling", description="How Zalo bot messages arrive.")
    zalo_bot_webhook_secret: SecretStr | None = Field(None, description="Secret header of the Zalo bot webhook.")
    zalo_bot_api_url: _Platform = Field("https://bot-api.zaloplatforms.com", description="Address of the Zalo bot API.")

    send_timeout_s: float = Field(
        15.0, gt=0, le=600, description="Seconds to wait for a platform's answer to one send."
    )
    uncertain_retry_s: float = Field(
        120.0, ge=0, le=86_400, description="Seconds before the one repeat of an uncertain reminder."
    )

    @field_validator("*", mode="wrap")
    @classmethod
    def _usable(cls, value: Any, read: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        """Take the default for a value nobody can use and say so in one line: the rest of the program must run."""
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
