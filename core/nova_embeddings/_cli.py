"""The command line: `nova-embeddings <command>`. A command is one `_add_…`, which says its options and what it runs."""

from __future__ import annotations

import argparse
import ipaddress
import os
import sys
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from nova_embeddings import _cli_models
from nova_embeddings._config import (
    API_BASE_VARIABLE,
    API_KEY_VARIABLE,
    DEFAULT_API_BASE,
    DEFAULT_MODEL,
    MODEL_VARIABLE,
    resolve_deployment,
)
from nova_embeddings._errors import ConfigurationError, InputError, NovaError
from nova_embeddings._images import ImageLimits
from nova_embeddings._tasks import FAMILIES
from nova_embeddings.engines import ENGINES, MAX_TOKENS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    AddParser = Callable[..., argparse.ArgumentParser]

_FAILED, _WRONG_USE = 1, 2
_IMAGE = ImageLimits()
_PORTS = range(2**16)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code: 0 done, 1 failed, 2 a wrong option or a missing package."""
    parser = _parser()
    options = parser.parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except KeyboardInterrupt:
        return 0
    except (ConfigurationError, ModuleNotFoundError) as error:
        return _complain(error, _WRONG_USE)
    except NovaError as error:
        return _complain(error, _FAILED)
    except OSError as error:
        return _complain(error, _FAILED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("nova-embeddings", description="Tools around Nova embeddings.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('nova-embeddings')}")
    commands = parser.add_subparsers(title="commands", metavar="<command>", required=True)
    _add_serve(commands.add_parser)
    _add_doctor(commands.add_parser)
    _add_evaluate(commands.add_parser)
    _cli_models.add_compare(commands.add_parser)
    _cli_models.add_models(commands.add_parser)
    _cli_models.add_providers(commands.add_parser)
    return parser


def _add_serve(add_parser: AddParser) -> None:
    about = "run the reference server: Nova's API over an embedded engine, which is not the Nova model"
    parser = add_parser("serve", help=about, description=about)
    add = parser.add_argument
    add("--engine", choices=sorted(ENGINES), default="wordllama", help="what computes the vectors (%(default)s)")
    add("--host", default="127.0.0.1", help="the address to listen on (%(default)s)")
    add("--port", type=_port, default=8000, help="the port; 0 takes a free one (%(default)s)")
    add("--multivector", action="store_true", help="answer with one vector a token where a request does not say")
    add("--any-dimensions", action="store_true", help="also serve widths that Nova does not have (hash: 32 to 4096)")
    add("--max-tokens", metavar="N", type=int, default=MAX_TOKENS, help="tokens of one input, at most (%(default)s)")
    add("--max-inputs", metavar="N", type=int, default=2048, help="inputs of one request, at most (%(default)s)")
    add(
        "--api-key",
        help=f"ask every client for this key (it shows in the process list: rather set {API_KEY_VARIABLE})",
    )
    add(
        "--adapter",
        action="append",
        metavar="NAME",
        help="serve only this LoRA adapter; repeatable (default: one a task family)",
    )
    add(
        "--allow-path",
        action="append",
        metavar="DIR",
        type=Path,
        help="adapters to load must lie in this folder; repeatable",
    )
    add("--allow-host", action="append", metavar="HOST", help="fetch image URLs of this host[:port]; repeatable")
    add("--allow-private-networks", action="store_true", help="those hosts may be private, and be asked over http")
    add("--max-image-bytes", metavar="N", type=int, default=_IMAGE.max_bytes, help="of one image file (%(default)s)")
    add("--max-image-pixels", metavar="N", type=int, default=_IMAGE.max_pixels, help="of one image (%(default)s)")
    parser.set_defaults(run=_serve)


def _serve(options: argparse.Namespace) -> int:
    from nova_embeddings.server import Running, Settings, create_app  # noqa: PLC0415 (of the extra `server`)
    from nova_embeddings.server._settings import MAX_BODY_BYTES  # noqa: PLC0415 (of the extra `server`)

    key = options.api_key
    if key is None:  # then the environment's, where a client finds its own
        key = resolve_deployment(DEFAULT_MODEL, DEFAULT_API_BASE).api_key.reveal()
    settings = Settings(
        engine=options.engine,
        api_key=key,
        multivector=options.multivector,
        any_dimensions=options.any_dimensions,
        adapters=tuple(options.adapter or FAMILIES),
        allow_paths=tuple(options.allow_path or ()),
        allow_hosts=tuple(options.allow_host or ()),
        allow_private_networks=options.allow_private_networks,
        max_tokens=options.max_tokens,
        max_inputs=options.max_inputs,
        max_image_bytes=options.max_image_bytes,
        max_image_pixels=options.max_image_pixels,
        max_body_bytes=max(MAX_BODY_BYTES, 2 * options.max_image_bytes),  # it lets the largest image in
    )
    app = create_app(settings)
    try:
        running = Running(app, options.host, options.port)
    except OSError as error:
        code = error.errno or 0
        reason = os.strerror(code) if code > 0 else error.strerror  # a name that is not found has a code below 0
        message = f"cannot listen on {options.host}:{options.port}: {reason}; --port 0 takes a free port"
        raise OSError(message) from None
    _introduce(settings.engine, running.api_base, options.host, keyed=bool(settings.api_key))
    running.run()
    return 0


def _add_doctor(add_parser: AddParser) -> None:
    about = "examine the server at an address: does it do what the Nova API promises?"
    ends = "exit codes: 0 nothing failed, 1 a check failed, 2 wrong use"
    parser = add_parser("doctor", help=about, description=about, epilog=ends)
    add = parser.add_argument
    add("--api-base", metavar="URL", help=f"its address, which ends in /v1 ({API_BASE_VARIABLE}, {DEFAULT_API_BASE})")
    add("--model", metavar="NAME", help=f"what the server calls the model ({MODEL_VARIABLE}, {DEFAULT_MODEL})")
    add("--api-key", help=f"the key (it shows in the process list: rather set {API_KEY_VARIABLE})")
    add("--timeout", metavar="S", type=float, default=30.0, help="seconds for each call (%(default)s)")
    add("--json", action="store_true", help="print the rows as JSON instead of a table")
    parser.set_defaults(run=_doctor)


def _doctor(options: argparse.Namespace) -> int:
    from nova_embeddings.doctor import _command, examine  # noqa: PLC0415 (nobody else needs it)

    place = {"model": options.model, "api_base": options.api_base, "api_key": options.api_key}
    try:
        report = _command.run(partial(examine, **place, timeout=options.timeout), as_json=options.json)
    except KeyboardInterrupt:  # nothing was found out, so that it cannot be a success
        return _FAILED
    return _FAILED if report.failed else 0


def _add_evaluate(add_parser: AddParser) -> None:
    about = "measure retrieval on your own queries and documents, and whether instructions help"
    ends = "exit codes: 0 done, 1 the server failed or it was interrupted, 2 wrong use or bad data"
    parser = add_parser("evaluate", help=about, description=about, epilog=ends)
    add = parser.add_argument
    add("folder", type=Path, help="BEIR's form: corpus.jsonl, queries.jsonl, qrels/test.tsv")
    add("--qrels", metavar="FILE", type=Path, help="the judgements (qrels/test.tsv or qrels.tsv in the folder)")
    add(
        "--instructions",
        action="append",
        metavar="NAME=TEXT",
        help="a variant to compare with none; or a preset's name alone, such as legal; repeatable",
    )
    add("--sides", choices=("both", "query"), default="both", help="which sides get the instructions (%(default)s)")
    add("--k", action="append", metavar="N", type=int, help="a cutoff; repeatable (1, 5, 10, 20)")
    add("--metric", metavar="NAME", help="what variants are compared by (ndcg10)")
    add("--task", choices=FAMILIES, default="retrieval", help="the task family (%(default)s)")
    add("--multivector", action="store_true", help="one vector a token, compared by MaxSim")
    add("--dimensions", metavar="N", type=int, help="width of dense vectors (the model's)")
    skip = "skip: leave out what cannot be embedded, and queries for which nothing is relevant"
    add("--on-error", choices=("raise", "skip"), default="raise", help=skip)
    add("--model", metavar="NAME", help=f"{MODEL_VARIABLE}, {DEFAULT_MODEL}; lexiq_nova/wordllama: in this process")
    add("--api-base", metavar="URL", help=f"the server's address, which ends in /v1 ({API_BASE_VARIABLE})")
    add("--api-key", help=f"the key (it shows in the process list: rather set {API_KEY_VARIABLE})")
    add("--cache", metavar="FILE", type=Path, help="keep vectors in this file: a run that was interrupted goes on")
    add("--json", action="store_true", help="print JSON instead of tables")
    add("--markdown", metavar="FILE", type=Path, help="also write the tables to a file")
    add("--plot", metavar="FILE", type=Path, help="also draw a picture: .png, .svg, .pdf")
    parser.set_defaults(run=_evaluate)


def _evaluate(options: argparse.Namespace) -> int:
    from nova_embeddings.evaluation import _command  # noqa: PLC0415 (nobody else needs it)

    try:
        _command.run(options)
    except KeyboardInterrupt:
        return _complain("interrupted; with --cache FILE the same command goes on where it stopped", _FAILED)
    except InputError as error:
        return _complain(error, _WRONG_USE)
    except ConfigurationError:
        raise
    except NovaError as error:
        return _complain(error, _FAILED)
    return 0


def _introduce(engine: str, api_base: str, host: str, *, keyed: bool) -> None:
    """Say on stderr what this is, and on stdout how clients find it."""
    _say(f"This is the {engine} engine behind Nova's API. It is NOT the Nova model: try and test with it.")
    if not keyed and not _is_loopback(host):
        _say(f"warning: whoever reaches {host} may use this server; set {API_KEY_VARIABLE} to ask for a key")
    lines = [
        f"Listening at {api_base} (stop with Ctrl-C). Point clients at it:",
        f"  export {API_BASE_VARIABLE}={api_base}",
    ]
    if keyed:
        lines.append(f"  export {API_KEY_VARIABLE}=<the key>")
    print("\n".join(lines), flush=True)  # noqa: T201 (what the command is asked for)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) not in _PORTS:
        message = f"{text!r} is not a port: 0 to {_PORTS.stop - 1}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _complain(error: Exception | str, code: int) -> int:
    _say(f"nova-embeddings: {error}")
    return code


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 (the command's own words)
