"""The warmed process that runs are forked from, with the shim loaded."""

from typing import Any

from tests.ward import Ward


class Warm:
    """A ward whose children have the shim."""

    def __init__(self, ward: Ward) -> None:
        self._ward = ward

    def task(self, task: str, *arguments: object) -> Any:
        """A task of this folder, `module:function`; what it returns. It must not say anything else."""
        patient = self._ward.start(f"tests.shim.{task}", *arguments)
        patient.limit(None)
        ended = patient.end()
        assert ended.code == 0, ended.err
        assert ended.err == ""
        return ended.told
