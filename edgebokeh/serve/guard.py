"""Who may ask: names of the host, origins and the token are checked before any route; and what browsers are told.

A page elsewhere can make a browser send requests here, by DNS rebinding under a name of its own, or across sites.
"""

import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edgebokeh.serve.answers import error_answer
from edgebokeh.serve.refusal import RefusedError

COOKIE = "edgebokeh_token"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Of every answer that says nothing else."""

LARGEST_HEAD = 32 * 1024
"""Bytes of a request's line and headers."""

OURS = {"same-origin", "none"}
"""What browsers say of a request that the page makes, or the user in the address bar."""

SECRET = ("/v1/", "/metrics", "/openapi.json")
"""Where a token is asked for; the page alone tells nothing."""


@dataclass(frozen=True, slots=True)
class Door:
    """names: hosts by which the server may be called, beside addresses. token: None where none is needed.

    session: what the page's cookie holds, another one after each start.
    """

    names: frozenset[str]
    token: str | None = None
    session: str = field(default_factory=secrets.token_urlsafe)

    def check(self, scope: Scope, headers: Headers) -> None:
        """Raises RefusedError: 431 for a long head, 400 for two lengths of the body, 400 and 421 for the host, 403 for
        the origin, 401 for the token."""
        head = [scope["raw_path"], scope["query_string"], *(part for pair in headers.raw for part in pair)]
        if sum(map(len, head)) > LARGEST_HEAD:
            raise long_head()
        if "content-length" in headers and "transfer-encoding" in headers:
            # A proxy in front may go by the other one, and take what follows for another request (RFC 9112, 6.1).
            raise RefusedError(400, "http", "the request tells two lengths of its body", "send one of them")
        host = self._host(headers)
        open_to_all = not _is_secret(scope["path"])
        sites = {site.strip() for told in headers.getlist("sec-fetch-site") for site in told.split(",")}
        visit = open_to_all and scope["method"] in ("GET", "HEAD")
        origins = headers.getlist("origin")
        if (not sites <= OURS and not visit) or any(_authority(one) != host for one in origins):
            raise RefusedError(403, "cross_site", "the request comes from another site", "open the page of this server")
        if self.token is not None and not open_to_all and not self._is_known(scope, headers):
            hint = "send Authorization: Bearer TOKEN, or open the page with /?token=TOKEN"
            raise RefusedError(401, "token", "the token is missing or wrong", hint, {"WWW-Authenticate": "Bearer"})

    def is_token(self, text: str) -> bool:
        """Whether that is the token; how long that takes does not tell how near it is."""
        return self.token is not None and hmac.compare_digest(text.encode(), self.token.encode())

    def _host(self, headers: Headers) -> str:
        hosts = headers.getlist("host")
        name = _name(hosts[0]) if len(hosts) == 1 else None
        if name is None:
            raise RefusedError(400, "host", "the request does not say one host", "send one header Host")
        if name not in self.names and not _is_address(name):
            raise RefusedError(421, "host", f"this server is not {name}", f"add --allow-host {name} if it is")
        return hosts[0].lower()

    def _is_known(self, scope: Scope, headers: Headers) -> bool:
        kind, _, text = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            return self.is_token(text.strip())
        # By hand, as other servers of this host put cookies there, too, which the standard library does not read.
        pairs = (part.strip().partition("=") for told in headers.getlist("cookie") for part in told.split(";"))
        own = [value.strip('"') for name, _, value in pairs if name == cookie(scope)]
        return any(hmac.compare_digest(value.encode("latin-1"), self.session.encode()) for value in own)


class Guard:
    """In front of an application."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets a request through, or answers it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message.setdefault("headers", []))
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = self._refused(scope) or self._greeted(scope)
        await (answer or self._app)(scope, receive, dressed)

    def _refused(self, scope: Scope) -> Response | None:
        try:
            self._door.check(scope, Headers(scope=scope))
        except RefusedError as refusal:
            return turned_away(refusal)
        return None

    def _greeted(self, scope: Scope) -> Response | None:
        """The answer to `/?token=…`: a cookie, and the page without the token in its address."""
        if scope["path"] != "/" or self._door.token is None or scope["method"] != "GET":
            return None
        told = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        if not told:
            return None
        if not self._door.is_token(told[0]):
            return error_answer(RefusedError(401, "token", "the token is wrong", "copy the address again"))
        answer = RedirectResponse("/", 303)
        answer.set_cookie(cookie(scope), self._door.session, httponly=True, samesite="strict")
        return answer


def long_head() -> RefusedError:
    """What is said to a request with more than LARGEST_HEAD."""
    what = f"the head of the request has more than {LARGEST_HEAD} bytes"
    return RefusedError(431, "head", what, "send fewer or shorter headers")


def turned_away(refusal: RefusedError) -> Response:
    """The answer to who is not let in; the connection ends with it, since what may follow as a body is not read."""
    answer = error_answer(refusal)
    for name, value in ({"Connection": "close"} | HEADERS).items():
        answer.headers.setdefault(name, value)
    return answer


def cookie(scope: Scope) -> str:
    """The name of the page's cookie, another one for each port: a browser sends all cookies to all ports of a host."""
    return f"{COOKIE}_{(scope.get('server') or ('', 0))[1]}"


def names(host: str, allowed: Iterable[str]) -> frozenset[str]:
    """By which a server on `host` may be called."""
    return frozenset(name.lower().rstrip(".") for name in ("localhost", host, *allowed))


def is_host(text: str) -> bool:
    """Whether callers can call a server so, without a port."""
    return _name(text) == text.lower().rstrip(".")


def is_loopback(host: str) -> bool:
    """Whether only this machine itself can reach that address."""
    return host == "localhost" or (_is_address(host) and ip_address(host.strip("[]")).is_loopback)


def _is_secret(path: str) -> bool:
    return path.startswith(SECRET)


def _name(host: str) -> str | None:
    """The name or address in a Host header; None for what is none."""
    match = re.fullmatch(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?", host.lower())
    return match[1].rstrip(".") if match else None


def _is_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _authority(origin: str) -> str:
    """Host and port of an origin; "" where it has none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
