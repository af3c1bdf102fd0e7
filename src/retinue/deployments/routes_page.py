"""The chat page of a deployed target as a page for browsers, and the script that puts it into another site."""

import asyncio
from pathlib import Path
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from retinue.core.http.context import database_of
from retinue.core.json import dumps
from retinue.deployments import chatting
from retinue.deployments.errors import NotDeployedError

router = APIRouter(prefix="/chat-with", include_in_schema=False)

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
)
_NOT_BUILT = "<!doctype html><title>Not built</title><p>The chat page is not built: cd web &amp;&amp; npm run build</p>"
_MISSING = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>Not available</title><h1>This chat is not available</h1>"
    "<p>It may have been stopped. Ask the person who gave you the address.</p></html>"
)
_EMBED = """(() => {
  const source = document.currentScript.src;
  const name = %(name)s;
  const frame = document.createElement("iframe");
  frame.src = source.replace(/\\/embed\\.js.*$/, "");
  frame.title = "Chat with " + name;
  frame.hidden = true;
  const button = document.createElement("button");
  button.type = "button";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", width: "26", height: "26", fill: "none",
    stroke: "currentColor", "stroke-width": "2", "stroke-linecap": "round", "stroke-linejoin": "round",
    "aria-hidden": "true" }))
    svg.setAttribute(key, value);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const draw = () => path.setAttribute("d", frame.hidden
    ? "M21 12a8 8 0 0 1-8 8H4l2-3a8 8 0 1 1 15-5z" : "M6 6l12 12M18 6L6 18");
  draw();
  svg.append(path);
  button.append(svg);
  button.setAttribute("aria-label", "Chat with " + name);
  button.setAttribute("aria-expanded", "false");
  Object.assign(button.style, { position: "fixed", right: "20px", bottom: "20px", width: "56px", height: "56px",
    borderRadius: "50%%", border: "0", display: "grid", placeItems: "center", cursor: "pointer", zIndex: "2147483647",
    background: "#135d70", color: "#fff", boxShadow: "0 4px 16px rgba(0,0,0,.25)" });
  Object.assign(frame.style, { position: "fixed", right: "20px", bottom: "88px", width: "min(400px, calc(100vw - 40px))",
    height: "min(620px, calc(100vh - 110px))", border: "1px solid rgba(128,128,128,.4)", borderRadius: "16px",
    background: "Canvas", boxShadow: "0 8px 32px rgba(0,0,0,.25)", zIndex: "2147483647", colorScheme: "normal" });
  button.addEventListener("click", () => {
    if (!frame.isConnected) document.body.append(frame);
    frame.hidden = !frame.hidden;
    button.setAttribute("aria-expanded", String(!frame.hidden));
    draw();
  });
  document.body.append(button);
})();
"""


@router.get("/{target_id}")
async def show_page(request: Request, target_id: str) -> Response:
    """Serve the page, which only the sites that the deployment names may embed."""
    page = await asyncio.to_thread(_read, request.app.state.static / "chat.html")
    try:
        served = await chatting.find(database_of(request), UUID(target_id))
    except (NotDeployedError, ValueError):  # the page asks for the chat, and says that it is not available
        return HTMLResponse(page or _MISSING, 404, _headers("'none'"))
    ancestors = " ".join(served.config.frame_ancestors) or "'none'"
    return HTMLResponse(page or _NOT_BUILT, 200 if page else 503, _headers(ancestors))


@router.get("/{target_id}/embed.js")
async def show_script(request: Request, target_id: str) -> Response:
    """Serve the script that puts a button with the chat into a page of another site."""
    try:
        served = await chatting.find(database_of(request), UUID(target_id))
    except (NotDeployedError, ValueError):
        text = 'console.warn("This chat is not available: nothing with a chat page is deployed.");\n'
        return Response(text, 404, media_type="text/javascript")
    # Within a script, the one text that is not ours is a JSON string, whose < cannot end the script it may stand in.
    name = dumps(served.face.name).decode().replace("<", "\\u003c")
    headers = {"Cache-Control": "no-cache", "Cross-Origin-Resource-Policy": "cross-origin"}
    return Response(_EMBED % {"name": name}, headers=headers, media_type="text/javascript")


def _headers(ancestors: str) -> dict[str, str]:
    return {
        "Content-Security-Policy": _POLICY.format(ancestors=ancestors),
        "Cache-Control": "no-cache",
        "Referrer-Policy": "no-referrer",
    }


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
