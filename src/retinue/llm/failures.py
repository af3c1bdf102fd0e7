"""Failures of the connection to a provider, as errors that name the host, the reason and a remedy."""

import errno
from urllib.parse import urlsplit

import aiohttp

from retinue.core.errors import Error
from retinue.llm.errors import ModelAddressError, ModelTimeoutError, ModelUnavailableError
from retinue.llm.network import AddressRefusedError

_PORTS = {"http": 80, "https": 443}
_REASONS = {
    errno.ECONNREFUSED: "the connection was refused",
    errno.ECONNRESET: "the connection was reset",
    errno.EHOSTUNREACH: "the host is unreachable",
    errno.ENETUNREACH: "the network is unreachable",
    errno.ETIMEDOUT: "the connection timed out",
}


def connection_error(error: Exception, url: str) -> Error:
    """Translate an exception of the HTTP client into an error of ``llm.errors``; ``url`` is the address that was called."""
    host = urlsplit(url).hostname
    match error:
        case aiohttp.ConnectionTimeoutError():
            return _unconnected(url, "the connection timed out")
        case aiohttp.ClientConnectorError(os_error=AddressRefusedError()):
            return ModelAddressError(f"{host} is at an address that this installation does not allow.")
        case aiohttp.ClientConnectorError():
            return _unconnected(url, _reason(error))
        case aiohttp.InvalidURL():
            failed: Error = ModelAddressError(f"{host} is not a valid host name.")
        case TimeoutError():
            failed = ModelTimeoutError(f"{host} did not answer in time.")
        case aiohttp.ClientResponseError():
            failed = ModelUnavailableError(f"{host} did not answer with valid HTTP.")
        case _:
            failed = ModelUnavailableError(f"{host} closed the connection before its answer was complete.")
    return failed


def _unconnected(url: str, reason: str) -> ModelUnavailableError:
    parts = urlsplit(url)
    return ModelUnavailableError(f"No connection to {parts.hostname}, port {parts.port or _PORTS[parts.scheme]}: {reason}.")


def _reason(error: aiohttp.ClientConnectorError) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "its certificate is not valid"
    if isinstance(error, aiohttp.ClientSSLError):
        return "no TLS connection could be established; check whether the URL begins with https or http"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the host name is unknown"
    return _REASONS.get(error.errno or 0, "the connection failed")
