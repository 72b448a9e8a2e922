"""The two ways to say who is asking (fact sheet §2.1)."""

from dataclasses import dataclass

from ucsync.model import ConfigurationInvalid, Secret


@dataclass(frozen=True, slots=True)
class SimpleKey:
    """A simple API key, as made in UltraCart's back office.

    Raises:
        ConfigurationInvalid: it is empty, or holds what no header can carry.
    """

    secret: Secret

    def __post_init__(self) -> None:
        _check("simple key", self.secret)

    def header(self) -> tuple[str, str]:
        """Name and value of the header that carries it."""
        return "x-ultracart-simple-key", self.secret.reveal()


@dataclass(frozen=True, slots=True)
class BearerToken:
    """An OAuth access token.

    Raises:
        ConfigurationInvalid: it is empty, or holds what no header can carry.
    """

    secret: Secret

    def __post_init__(self) -> None:
        _check("bearer token", self.secret)

    def header(self) -> tuple[str, str]:
        """Name and value of the header that carries it."""
        return "Authorization", f"Bearer {self.secret.reveal()}"


Credential = SimpleKey | BearerToken


def _check(name: str, secret: Secret) -> None:
    if not isinstance(secret, Secret):
        raise ConfigurationInvalid(f"the {name} is not wrapped: use Secret(...)")
    value = secret.reveal()
    if not value or not all("!" <= character <= "~" for character in value):
        raise ConfigurationInvalid(f"the {name} is empty or holds blanks or other than ASCII characters")
