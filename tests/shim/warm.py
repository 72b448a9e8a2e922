"""The warmed process that runs are forked from, with the shim loaded."""

import os
from typing import Any, Final

from tests.ward import Ward

#: Only a hung task takes so long.
_ENOUGH_S: Final = 14_400.0 if "UCSYNC_DEEP" in os.environ else 900.0


class Warm:
    """A ward whose children have the shim."""

    def __init__(self, ward: Ward) -> None:
        self._ward = ward

    def task(self, task: str, *arguments: object) -> Any:
        """A task of this folder, `module:function`; what it returns. It must not say anything else."""
        patient = self._ward.start(f"tests.shim.{task}", *arguments)
        patient.limit(_ENOUGH_S)
        ended = patient.end()
        assert ended.code == 0, ended.err
        assert ended.err == ""
        return ended.told
