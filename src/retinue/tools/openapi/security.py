"""The security schemes of a document, as the credentials that its tools need."""

from retinue.core.json import Json, JsonObject
from retinue.tools.openapi.document import References, list_of, object_of, text_of
from retinue.tools.openapi.problems import OperationError

_URLS = ("authorizationUrl", "tokenUrl", "refreshUrl")


def list_credentials(references: References) -> tuple[tuple[JsonObject, ...], tuple[str, ...]]:
    """Return the credentials that a document's schemes need, and a warning for each scheme that is not supported.

    ``type`` is what a tool's credentials take; ``scheme`` names the scheme in the document. For OAuth 2 and OpenID Connect
    ``type`` is bearer, since an access token is sent, and ``oauth2`` or ``openid_connect_url`` say where one is had.
    """
    found: list[JsonObject] = []
    warnings: list[str] = []
    schemes = object_of(object_of(references.document.get("components")).get("securitySchemes"))
    for name, scheme in schemes.items():
        try:
            each = _credentials(object_of(references.follow(scheme)))
        except OperationError as error:
            warnings.append(f"The security scheme {name[:100]} is not supported: {error}.")
            continue
        if each is None:
            warnings.append(f"The security scheme {name[:100]} is not supported; its credentials cannot be given.")
        else:
            found.append({**each, "scheme": name[:100]})
    return tuple(found), tuple(warnings)


def _credentials(scheme: JsonObject) -> JsonObject | None:
    kind, way = scheme.get("type"), str(scheme.get("scheme", "")).lower()
    if kind == "http" and way in {"bearer", "basic"}:
        return {"type": way}
    if kind == "oauth2":
        return {"type": "bearer", "oauth2": _flows(object_of(scheme.get("flows")))}
    if kind == "openIdConnect":
        return {"type": "bearer", "openid_connect_url": text_of(scheme.get("openIdConnectUrl"), 2000)}
    if kind == "apiKey" and scheme.get("in") in {"header", "query", "cookie"}:
        return {"type": "api_key", "in": scheme.get("in"), "name": text_of(scheme.get("name"), 200)}
    return None


def _flows(flows: JsonObject) -> Json:
    shown: JsonObject = {}
    for name, flow in flows.items():
        facts = object_of(flow)
        each: JsonObject = {key: text_of(facts.get(key), 2000) for key in _URLS if facts.get(key)}
        scopes: list[Json] = [*object_of(facts.get("scopes"))]
        each["scopes"] = scopes[:100]
        shown[name] = each
    return shown


def is_public(document: JsonObject, operation: JsonObject) -> bool:
    """Tell whether an operation needs no credentials at all: its security, or the document's, is an empty list."""
    security = operation.get("security", document.get("security"))
    return isinstance(security, list) and not list_of(security)
