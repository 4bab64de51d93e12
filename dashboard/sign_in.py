"""Signing in and out: a plain form of our own, before Streamlit starts anything.

The form works without JavaScript. Its cookie is HttpOnly and SameSite=Lax, and a post from another
origin is refused, so that nobody can sign a colleague in or out from elsewhere.
"""

from __future__ import annotations

from html import escape
from string import Template
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboard.auth import COOKIE, SIGN_IN_ADDRESS, SIGN_OUT_ADDRESS, viewer_of
from dashboard.desk import now, open_session
from dashboard.i18n import _, using
from dashboard.middleware import local_address
from db import people
from db.demo import DEMO_PASSWORD, DEMO_SIGN_INS
from regulations.verdict import Lang
from settings import ROOT, get_settings

LANGUAGE_COOKIE = "desk_lang"
MAX_FORM_BYTES = 16_384
PAGE = Template((ROOT / "dashboard" / "sign_in.html").read_text(encoding="utf-8"))
ICON = "data:image/svg+xml," + quote((ROOT / "dashboard" / "icon.svg").read_text(encoding="utf-8"))
# The page has one stylesheet of its own and nothing else: no script can run on it at all.
PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)


async def show(request: Request) -> Response:
    """GET: the form, or straight on for somebody who is signed in already."""
    onward = local_address(request.query_params.get("next"))
    if await run_in_threadpool(viewer_of, request.cookies.get(COOKIE, "")) is not None:
        return RedirectResponse(onward, status_code=303)
    language = _language(request)
    answer = await run_in_threadpool(form_page, language, onward, "", "", 200)
    if request.query_params.get("lang") in ("zh", "en"):
        _keep_language(answer, language)
    return answer


async def sign_in(request: Request) -> Response:
    """POST: sign in and go where the visitor wanted to go, or say why not."""
    if not is_same_origin(request):
        return PlainTextResponse("This form was sent from another site", status_code=403)
    if int(request.headers.get("content-length") or 0) > MAX_FORM_BYTES:
        return PlainTextResponse("Too large", status_code=413)
    async with request.form(max_files=0, max_fields=10, max_part_size=MAX_FORM_BYTES) as form:
        fields = {key: "" if isinstance(value, UploadFile) else value for key, value in form.items()}
    language: Lang = "en" if fields.get("lang") == "en" else "zh"
    onward = local_address(fields.get("next"))
    username = fields.get("username", "")
    address = request.client.host if request.client else ""
    try:
        token = await run_in_threadpool(_sign_in, username, fields.get("password", ""), address)
    except people.SignInRefused as refused:
        return await run_in_threadpool(
            form_page, language, onward, username[:60], refused.text(language), 401
        )
    answer = RedirectResponse(onward, status_code=303, headers={"Cache-Control": "no-store"})
    settings = get_settings()
    answer.set_cookie(
        COOKIE,
        token,
        max_age=settings.sign_in_hours * 3600,
        httponly=True,
        secure=settings.cookie_secure,
        samesite="lax",
    )
    _keep_language(answer, language)
    return answer


async def sign_out(request: Request) -> Response:
    """POST: end the sign-in and show the form again."""
    if not is_same_origin(request):
        return PlainTextResponse("This form was sent from another site", status_code=403)
    await run_in_threadpool(_sign_out, request.cookies.get(COOKIE, ""))
    answer = RedirectResponse(SIGN_IN_ADDRESS, status_code=303, headers={"Cache-Control": "no-store"})
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=get_settings().cookie_secure)
    return answer


async def to_sign_in(_request: Request) -> Response:
    """GET of the sign-out address signs nobody out: a link must not do that."""
    return RedirectResponse("/", status_code=303)


ROUTES = [
    Route(SIGN_IN_ADDRESS, show, methods=["GET"]),
    Route(SIGN_IN_ADDRESS, sign_in, methods=["POST"]),
    Route(SIGN_OUT_ADDRESS, sign_out, methods=["POST"]),
    Route(SIGN_OUT_ADDRESS, to_sign_in, methods=["GET"]),
]


def is_same_origin(request: Request) -> bool:
    """Whether a browser says that the form came from this desk. A client that says nothing is no browser
    that could have been tricked.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")


def _sign_in(username: str, password: str, address: str) -> str:
    with open_session() as session:
        _user, token = people.sign_in(
            session, username, password, now(), get_settings().sign_in_hours, address
        )
        return token


def _sign_out(token: str) -> None:
    with open_session() as session:
        people.sign_out(session, token, now())


def _language(request: Request) -> Lang:
    for chosen in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if chosen in ("zh", "en"):
            return "en" if chosen == "en" else "zh"
    return get_settings().desk_language


def _keep_language(answer: Response, language: Lang) -> None:
    answer.set_cookie(
        LANGUAGE_COOKIE,
        language,
        max_age=365 * 86_400,
        samesite="lax",
        secure=get_settings().cookie_secure,
        httponly=True,
    )


def form_page(language: Lang, onward: str, username: str, problem: str, status: int) -> HTMLResponse:
    """The form. Everything that came from outside is escaped."""
    other: Lang = "zh" if language == "en" else "en"
    with using(language):
        body = PAGE.substitute(
            language="en" if language == "en" else "zh-CN",
            code=language,
            title=escape(_("Supervisor desk")),
            subtitle=escape(_("Your department's regulations, kept in view")),
            heading=escape(_("Sign in")),
            username_label=escape(_("User name")),
            password_label=escape(_("Password")),
            button=escape(_("Sign in")),
            username=escape(username, quote=True),
            onward=escape(onward, quote=True),
            action=SIGN_IN_ADDRESS,
            icon=ICON,
            problem=f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else "",
            other_address=escape(f"{SIGN_IN_ADDRESS}?lang={other}&next={quote(onward, safe='')}", quote=True),
            other_name="中文" if other == "zh" else "English",
            demo=_demo_accounts(language),
            note=escape(_("Several wrong passwords lock an account for a while.")),
        )
    return HTMLResponse(
        body,
        status_code=status,
        headers={"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"},
    )


def _demo_accounts(language: Lang) -> str:
    """The demo sign-ins, only if this database has them."""
    rows = []
    with open_session() as session:
        for username, _role, zh, en in DEMO_SIGN_INS:
            try:
                user = people.get_user(session, username)
            except LookupError:
                continue
            if user.is_demo and user.is_active:
                rows.append((username, en if language == "en" else zh))
    if not rows:
        return ""
    lines = "".join(
        f"<tr><td><code>{escape(username)}</code></td><td>{escape(what_for)}</td></tr>"
        for username, what_for in rows
    )
    return (
        f'<section class="demo"><h2>{escape(_("Demo accounts"))}</h2>'
        f"<p>{escape(_('They exist only in the demo department. The password of all of them:'))}"
        f" <code>{escape(DEMO_PASSWORD)}</code></p><table>{lines}</table></section>"
    )
