"""The same agent behind a webhook: a server of Python's own that checks each call and answers at once.

RETINUE_WEBHOOK_SECRET=whsec_… PORT=9000 python webhook.py
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from retinue.client import WebhookError, verify_webhook


class Handler(BaseHTTPRequestHandler):
    """Answers calls of Retinue."""

    def do_POST(self) -> None:
        """Count the words of the prompt of a run."""
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        try:
            call = verify_webhook(os.environ["RETINUE_WEBHOOK_SECRET"], dict(self.headers), body)
        except WebhookError as error:
            self._reply(401, {"error": str(error)})
            return
        words = str(call.work.input.get("prompt") or "").split()
        self._reply(200, {"output": {"words": len(words)}})

    def _reply(self, status: int, document: object) -> None:
        text = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


if __name__ == "__main__":
    with ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "9000"))), Handler) as server:
        sys.stdout.write(f"{server.server_address[1]}\n")
        sys.stdout.flush()
        server.serve_forever()
