"""Who may talk to the local chat: this machine only, and for the page's own addresses, only the page."""

import ipaddress
from collections.abc import Awaitable, Callable

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PAGE_HEADER = (
    "X-Local-Chat"  # a form on another site cannot set it, and a script there would need our permission
)
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only mean this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


@web.middleware
async def local_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse foreign host names (DNS rebinding), and requests to the page's addresses from other sites."""
    if not is_loopback(request.url.host or ""):
        raise web.HTTPForbidden(text="the local chat answers to loopback names only")
    if request.path.startswith("/chat/") and not _from_page(request):
        raise web.HTTPForbidden(text="this address serves the local chat's own page")
    if request.path.startswith(("/bot", "/file/")) and not _same_site(request):
        # a bot says nothing of where it comes from; a browser does, and any page can make it ask
        raise web.HTTPForbidden(text="this address serves a bot on this machine, and no page")
    return await handler(request)


async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
    """Say what a browser must know about everything that is served here."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


def _from_page(request: web.Request) -> bool:
    return _same_site(request) and (request.method == "GET" or PAGE_HEADER in request.headers)


def _same_site(request: web.Request) -> bool:
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    return origin in {None, f"http://{request.host}"} and site in {None, "same-origin", "none"}
