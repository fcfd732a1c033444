"""A certificate authority of one test: keys and certificates that nobody else trusts, written where the test says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@cache
def _key(owner: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """Signs certificates into a folder. `pem` is the file its friends trust."""

    def __init__(self, folder: Path, name: str = "Test CA") -> None:
        self.folder = folder
        self.name = name
        self.pem = folder / f"{name}.pem"
        signed = self._sign(name, _key(name), x509.BasicConstraints(ca=True, path_length=0))
        self.pem.write_bytes(signed.public_bytes(serialization.Encoding.PEM))

    def issue(self, *names: str) -> tuple[Path, Path]:
        """A certificate for these names, and its key: two PEM files."""
        certificate, key = self.folder / f"{self.name}.{names[0]}.crt", self.folder / f"{self.name}.{names[0]}.key"
        own = _key(f"{self.name} {names[0]}")
        alternatives = x509.SubjectAlternativeName([_alternative(name) for name in names])
        signed = self._sign(names[0], own, x509.BasicConstraints(ca=False, path_length=None), alternatives)
        certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        pem, format_, open_ = (
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        key.write_bytes(own.private_bytes(pem, format_, open_))
        return certificate, key

    def _sign(self, name: str, key: ec.EllipticCurvePrivateKey, *extensions: x509.ExtensionType) -> x509.Certificate:
        now = datetime.now(UTC)
        signer = _key(self.name)
        builder = x509.CertificateBuilder(
            issuer_name=_name(self.name),
            subject_name=_name(name),
            public_key=key.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=now - timedelta(hours=1),
            not_valid_after=now + timedelta(hours=1),
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        builder = builder.add_extension(identifier, critical=False)
        return builder.sign(signer, hashes.SHA256())


def _alternative(name: str) -> x509.GeneralName:
    return x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
