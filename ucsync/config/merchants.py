"""What has been read: merchants with their places and choices, frozen."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ucsync.config.keys import read_key
from ucsync.model import ConfigurationInvalid, Secret
from ucsync.net import PRODUCTION, ClientSettings, api_address
from ucsync.plan.push_settings import PushSettings
from ucsync.plan.settings import SyncSettings
from ucsync.plan.warehouse_settings import WarehouseSettings
from ucsync.ultracart import EXPANSIONS, BearerToken, Credential, SimpleKey

AUTHS: Final[dict[str, type[SimpleKey] | type[BearerToken]]] = {
    "simple_key": SimpleKey,
    "bearer_token": BearerToken,
}

#: All that is documented but stored cards, which nobody needs unasked.
EXPANSIONS_DEFAULT: Final = tuple(name for name in EXPANSIONS if name != "cards")


@dataclass(frozen=True, slots=True)
class MerchantConfig:
    """One `[merchants.NAME]`: a server, where its key is kept, the client's bounds, what its owner chose."""

    name: str
    server: str = PRODUCTION
    auth: str = "simple_key"
    merchant_id: str = ""  # UltraCart's own; "" where it is to be looked for among the customers
    key_source: str = ""
    key_place: str = field(default="", repr=False)  # somebody may have put the key itself there
    settings: ClientSettings = field(default_factory=ClientSettings)
    sync: SyncSettings = field(default_factory=lambda: SyncSettings(expansions=EXPANSIONS_DEFAULT))
    push: PushSettings = field(default_factory=PushSettings)
    warehouse: WarehouseSettings = field(default_factory=WarehouseSettings)

    def credential(self, environment: Mapping[str, str]) -> Credential:
        """The key, read now.

        Args:
            environment: as `os.environ`.

        Raises:
            ConfigurationInvalid: it is not where the configuration says, or others may read it.
        """
        try:
            text = read_key(self.key_source, self.key_place, environment)
        except ConfigurationInvalid as fault:
            raise ConfigurationInvalid(f"merchants.{self.name}.{self.key_source}: {fault}") from None
        return AUTHS[self.auth](Secret(text))


@dataclass(frozen=True, slots=True)
class Config:
    """All of the file; `lake` and `state` are absolute."""

    path: Path
    lake: Path
    state: Path
    merchants: Mapping[str, MerchantConfig]

    def merchant(self, name: str | None) -> MerchantConfig:
        """The merchant of this name; of the only one, the name may be left out.

        Raises:
            ConfigurationInvalid: there is none, or none was named and there are several.
        """
        if name is None and len(self.merchants) == 1:
            return next(iter(self.merchants.values()))
        if name is None or name not in self.merchants:
            known = ", ".join(self.merchants)
            asked = "name one of the merchants" if name is None else f"no merchant {name!r}"
            raise ConfigurationInvalid(f"{self.path}: {asked}; there are: {known}")
        return self.merchants[name]


def scan_fingerprint(merchant: MerchantConfig) -> str:
    """16 hex digits that change with anything that decides what the pages of a scan hold.

    That is the server, the merchant's name, expansions, tax ids and query; not the key or its kind, nor
    UltraCart's own id of the merchant, nor how fast or in how large pages it is read.

    Args:
        merchant: whose scan.
    """
    sync = merchant.sync
    decisive = {
        "server": api_address(merchant.server),
        "merchant": merchant.name,
        "expansions": sorted(sync.expansions),
        "tax_ids": sync.tax_ids,
        "query": sync.query,
    }
    return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()[:16]
