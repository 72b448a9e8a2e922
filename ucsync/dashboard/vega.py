"""The scripts of Vega, Vega-Lite and Vega-Embed, from an optional library."""

import importlib
from functools import cache
from importlib.util import find_spec
from typing import Final

from ucsync.model import ConfigurationInvalid

_MISSING: Final = "the dashboard needs a library that is not installed: `pip install 'ucsync[dashboard]'`"
_SNIPPET: Final = "window.vegaEmbed = vegaEmbed;"


@cache
def vega_scripts() -> str:
    """All of them in one text, which leaves `vegaEmbed` in the window; it takes seconds to make.

    Raises:
        ConfigurationInvalid: the extra `dashboard` is not installed.
    """
    if find_spec("vl_convert") is None:
        raise ConfigurationInvalid(_MISSING)
    scripts: str = importlib.import_module("vl_convert").javascript_bundle(_SNIPPET)
    # Within a script, these would be read by the parser of the page.
    return scripts.replace("</script", "<\\/script").replace("<!--", "<\\!--")
