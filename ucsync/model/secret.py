"""A value that must not be seen."""

from typing import Final, final

from ucsync.model.errors import ConfigurationInvalid

MASK: Final = "•••"


@final
class Secret:
    """Holds a key or token; only `reveal()` gives it out, every rendering is a mask.

    Not a string on purpose: it cannot slip into a format, a join or JSON. It does not pickle.

    Raises:
        ConfigurationInvalid: what is wrapped is not text.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        if not isinstance(value, str):  # an untyped caller may pass None from a missing setting
            raise ConfigurationInvalid("a secret is text")
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the one place that sends it."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")
