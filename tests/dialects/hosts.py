"""Every name of a host means a fake of this process, encrypted or not: a page's code runs with the address it shows."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import socket
import ssl
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.fake_nova import FakeNova

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOSTS = (
    "api.cohere.ai",
    "api.jina.ai",
    "api.mistral.ai",
    "api.openai.com",
    "api.voyageai.com",
    "bedrock-runtime.us-east-1.amazonaws.com",
    "generativelanguage.googleapis.com",
    "my-resource.openai.azure.com",
    "router.huggingface.co",
    "us-central1-aiplatform.googleapis.com",
)
"""Of hosted services, as pages and LiteLLM name them; the certificate is for these."""
_HTTPS = 443


class EncryptedFake(FakeNova):
    """A fake that speaks TLS."""

    def __init__(self, certificate: Path) -> None:
        """Bind a free port of the loopback interface."""
        super().__init__()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)


def certificate_in(folder: Path) -> Path:
    """Write a key and a certificate for all hosts, which vouches for itself, and return the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    now, day = dt.datetime.now(dt.UTC), dt.timedelta(days=1)
    usage = {"digital_signature": True, "key_cert_sign": True, "content_commitment": False, "key_encipherment": False}
    usage |= {"data_encipherment": False, "key_agreement": False, "crl_sign": False}
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - day, now + day)
        .add_extension(x509.SubjectAlternativeName(map(x509.DNSName, HOSTS)), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage, encipher_only=False, decipher_only=False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file = folder / "certificate.pem"
    file.write_bytes(key.private_bytes(pem, *form) + made.public_bytes(pem))
    return file


@contextlib.contextmanager
def all_hosts(folder: Path) -> Iterator[tuple[FakeNova, FakeNova]]:
    """Give a fake for plain connections and one for encrypted ones, to which every name leads until the block ends.

    For a process of its own: whoever made a TLS context before trusts others.
    """
    certificate = certificate_in(folder)
    os.environ["SSL_CERT_FILE"] = str(certificate)
    resolve = socket.getaddrinfo
    with FakeNova().running() as plain, EncryptedFake(certificate).running() as secure:
        ports = {True: _port(secure), False: _port(plain)}

        def to_a_fake(_: object, port: Any, *__: object, **___: object) -> list[Any]:
            return resolve("127.0.0.1", ports[str(port) in {str(_HTTPS), "https"}], type=socket.SOCK_STREAM)

        socket.getaddrinfo = to_a_fake  # type: ignore[assignment]  # narrower: nobody asks for IPv6 alone
        try:
            yield plain, secure
        finally:
            socket.getaddrinfo = resolve


def _port(fake: FakeNova) -> int:
    return int(fake.api_base.removesuffix("/v1").rpartition(":")[2])
