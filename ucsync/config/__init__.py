"""Configuration: read once, checked whole, frozen.

Owns the settings' table, the file that shows it, the reader that reports every fault in a file at once,
each with its line, and the reading of keys. The file is TOML; it is looked for at `--config`, else
`./ucsync.toml`, else where the environment variable UCSYNC_CONFIG points. It names the places of keys;
a key itself is read only when it is needed, by `MerchantConfig.credential`. Never holds a key, shows what
a key's setting says, or decides anything.
"""

from ucsync.config.keys import KEY_SOURCES, PASSWORD_SOURCES, read_password
from ucsync.config.merchants import Config, MerchantConfig, scan_fingerprint
from ucsync.config.reading import load_config
from ucsync.config.writing import Beginning, write_config

__all__ = [
    "KEY_SOURCES",
    "PASSWORD_SOURCES",
    "Beginning",
    "Config",
    "MerchantConfig",
    "load_config",
    "read_password",
    "scan_fingerprint",
    "write_config",
]
