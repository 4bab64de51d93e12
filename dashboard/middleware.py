"""The gate in front of everything: without a sign-in nothing of the desk is served, and every answer
carries the headers that keep a browser from doing anything the desk did not ask for.

It stands before Streamlit, so that a signed-out visitor starts no session and runs no script.
"""

from __future__ import annotations

import time
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.auth import COOKIE, SIGN_IN_ADDRESS, SIGN_OUT_ADDRESS, viewer_of

OPEN_TO_ALL = frozenset({SIGN_IN_ADDRESS, SIGN_OUT_ADDRESS, "/_stcore/health"})
NEVER_SERVED = ("/_stcore/agent", "/_stcore/metrics", "/oauth2callback")
ASSETS = ("/static/", "/component/", "/_stcore/bidi-components/")
ASSET_SECONDS = 30.0
"""How long a sign-in once seen is good for the program's own scripts and styles (a page loads a hundred)."""

MAX_ADDRESS = 2000

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # the sign-in form needs its own origin to be named
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Streamlit's pages carry inline styles and scripts, and Vega compiles its expressions.
CONTENT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self' data:; connect-src 'self';"
    " worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)


class Gate:
    """ASGI middleware: signed in or turned away, for pages, files, uploads and the websocket alike."""

    def __init__(self, app: ASGIApp, pages: frozenset[str]) -> None:
        self.app = app
        self._pages = pages  # addresses of the pages; any other of that form leads to the first page
        self._seen: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, redirect to the sign-in, or refuse."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        path = str(scope["path"])
        if any(path == barred or path.startswith(f"{barred}/") for barred in NEVER_SERVED):
            await self._refuse(scope, receive, send, PlainTextResponse("Not found", status_code=404))
            return
        if path in OPEN_TO_ALL:
            await self.app(scope, receive, _with_headers(send))
            return
        if await self._lets_in(HTTPConnection(scope), path):
            if path != "/" and path.count("/") == 1 and _is_page(scope, path) and path not in self._pages:
                await self._refuse(scope, receive, send, RedirectResponse("/", status_code=303))
                return
            await self.app(scope, receive, _with_headers(send))
            return
        await self._refuse(scope, receive, send, self._answer(scope, path))

    async def _lets_in(self, connection: HTTPConnection, path: str) -> bool:
        token = connection.cookies.get(COOKIE, "")
        if not token:
            return False
        moment = time.monotonic()
        if path.startswith(ASSETS) and self._seen.get(token, 0.0) > moment:
            return True
        is_signed_in = await run_in_threadpool(viewer_of, token) is not None
        if is_signed_in:
            if len(self._seen) > 1000:
                self._seen.clear()
            self._seen[token] = moment + ASSET_SECONDS
        else:
            self._seen.pop(token, None)
        return is_signed_in

    @staticmethod
    def _answer(scope: Scope, path: str) -> Response:
        if not _is_page(scope, path):
            return PlainTextResponse("Sign in first", status_code=401)
        query = scope.get("query_string", b"").decode("latin-1")
        wanted = f"{path}?{query}" if query else path
        address = SIGN_IN_ADDRESS
        if wanted != "/":
            address += f"?next={quote(local_address(wanted), safe='')}"
        return RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})

    @staticmethod
    async def _refuse(scope: Scope, receive: Receive, send: Send, answer: Response) -> None:
        if scope["type"] == "websocket":
            # Closed before it is accepted: the browser sees 403 and no session is made.
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        await answer(scope, receive, _with_headers(send))


def local_address(address: str | None) -> str:
    """The address if it is a path on this desk, otherwise "/": nobody is sent elsewhere after signing in."""
    text = address or "/"
    if (
        not text.startswith("/")
        or text.startswith(("//", "/\\", "/auth/"))
        or len(text) > MAX_ADDRESS
        or any(ord(c) < 0x20 or c == "\\" or ord(c) == 0x7F for c in text)
    ):
        return "/"
    try:
        parts = urlsplit(text)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc else text


def _is_page(scope: Scope, path: str) -> bool:
    """Whether somebody opens a page, rather than a file or an endpoint."""
    return (
        scope["type"] == "http"
        and scope["method"] in ("GET", "HEAD")
        and "." not in path.rsplit("/", 1)[-1]
        and not path.startswith((*ASSETS, "/_stcore/", "/media/", "/recordings/"))
    )


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for key, value in HEADERS.items():
                headers.setdefault(key, value)
            headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
        await send(message)

    return send_with_headers
