"""`ucsync init`: a configuration to begin with."""

import json
import shlex
from pathlib import Path
from typing import Annotated, Final

import typer

from ucsync.app import KEYS_FROM, begin_config
from ucsync.cli.flags import AsJson
from ucsync.sandbox import SandboxSettings

_SANDBOX_KEY: Final = SandboxSettings().key


def init(
    merchant: Annotated[
        str | None, typer.Argument(help="Name of the section, yours to choose; without one, for the sandbox.")
    ] = None,
    server: Annotated[
        str | None, typer.Option(help="Scheme, host and port; else UltraCart's, or the sandbox's.")
    ] = None,
    key_from: Annotated[
        str | None, typer.Option(metavar="|".join(KEYS_FROM), help="Where the key will be; else a file.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="The file to write; else ./ucsync.toml.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a configuration that shows every setting, and say what to do next.

    A file that exists is left as it is. Keys are not asked for and do not go into the file.

    Example:  ucsync init shop --key-from file
    """
    if key_from is not None and key_from not in KEYS_FROM:
        # what was given is not repeated: it may be the key
        raise typer.BadParameter(f"expected one of {', '.join(KEYS_FROM)}", param_hint="--key-from")
    begun = begin_config(config, merchant, server, key_from)
    place = "" if config is None else f" --config {_quoted(config)}"
    steps = [
        *(["start it in another terminal: ucsync sandbox"] if begun.sandbox else []),
        _key_step(begun.key_source, begun.key_place, sandbox=begun.sandbox),
        f"check: ucsync doctor{place}",
        f"read all customers: ucsync sync{place}",
    ]
    if as_json:
        told = {
            "path": str(begun.path), "merchant": begun.merchant, "server": begun.server,
            "key_source": begun.key_source, "key_place": begun.key_place, "next": steps,
        }  # fmt: skip
        typer.echo(json.dumps(told))
        return
    whose = "the sandbox" if begun.sandbox else f"merchant {begun.merchant}"
    typer.echo(f"written  {begun.path}, for {whose} at {begun.server}\nnext")
    typer.echo("\n".join(f"  {position}. {step}" for position, step in enumerate(steps, 1)))


def _key_step(source: str, place: str, *, sandbox: bool) -> str:
    """How the key gets to its place without passing through the history of a shell."""
    if sandbox and source == "key_env":
        return f"give its key: export {place}={_SANDBOX_KEY}"
    if source == "key_env":
        return f"give the key: read -rs {place} && export {place}, then paste it and press Enter"
    if source == "key_file":
        file = Path(place)
        return (
            f"save the key: (umask 077; mkdir -p {_quoted(file.parent)}; cat > {_quoted(file)}), "
            "then paste it, press Enter and Ctrl-D"
        )
    return (
        f"give the key to the service: LoadCredential={place}:/etc/ucsync/{place} in its unit, "
        "and run what follows as that service"
    )


def _quoted(path: Path) -> str:
    """A path for a shell, which knows ~ only outside of quotes."""
    if path.parts[:1] == ("~",):
        return "~/" + shlex.quote(str(Path(*path.parts[1:])))
    return shlex.quote(str(path))
