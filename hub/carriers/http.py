"""Deliveries over HTTP: one kept-alive session a partner, no redirects, and one table from the status to the error."""

from __future__ import annotations

import base64
import re
import ssl
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final, Protocol
from urllib.parse import quote

import aiohttp
import msgspec
from yarl import URL

from hub import clock
from hub.access.answers import PLAIN, beginning
from hub.access.route import Guarded, route
from hub.carriers.lookup import found
from hub.carriers.signing import signed
from hub.contracts import Parcel, Receipt
from hub.errors import Ambiguous, HubError, PartnerBusy, PartnerRefused, PartnerUnreachable
from hub.partners import Delivery
from hub.spans import DAY, SECOND

# Status -> what it means for the retry. 2xx is accepted; any other 3xx or 4xx is lasting; any other 5xx may have had its effect.
STATUS: Final[Mapping[int, type[HubError]]] = {
    408: PartnerBusy,
    425: PartnerBusy,
    429: PartnerBusy,
    503: PartnerBusy,
    # A server or gateway that fails may have stored what it was sent: partners without deduplication need a person here.
    500: Ambiguous,
    502: Ambiguous,
    504: Ambiguous,
}
# No byte of the message has left when these happen. Everything else that goes wrong may have happened afterwards.
_UNSENT: Final = (aiohttp.ClientConnectorError, aiohttp.ClientSSLError, aiohttp.ConnectionTimeoutError)
_CONNECT_S: Final = 10.0
# Many servers let go of an idle connection after five seconds. We let go first, or a message would be lost in the crossing.
_IDLE_S: Final = 4.0
_ANSWER_BYTES: Final = 64 * 1024
_LONGEST_WAIT_S: Final = DAY / SECOND
_REFERENCE: Final = re.compile(r"[A-Z][A-Za-z]{1,40}/[A-Za-z0-9.\-]{1,64}(?=(?:/_history/[A-Za-z0-9.\-]{1,64})?$)")
_ID: Final = re.compile(r"[A-Za-z0-9._:\-]{1,128}")
# A receipt of the ledger, in base64: a hub's own word, for the verifier of one file.
RECEIPT: Final = "Crisis-Hub-Receipt"
_CODE: Final = re.compile(r"[a-z\-]{1,40}")


class Tokens(Protocol):
    """Gives the hub's own token at a partner."""

    async def token(self) -> str:
        """A token that holds. Raises Passing where there is none at the moment."""
        ...

    def forget(self) -> None:
        """It was refused: ask for another one."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class _Issue(msgspec.Struct):
    severity: str = ""
    code: str = ""


class _Answer(msgspec.Struct):
    """What is read of an answer's body: an id, and the codes of an OperationOutcome. Its words may hold personal data."""

    id: str = ""
    issue: list[_Issue] = []


_answer = msgspec.json.Decoder(_Answer)


class HttpCarrier:
    """POSTs every parcel of one partner to its url, under the idempotency key."""

    def __init__(
        self,
        partner: str,
        delivery: Delivery,
        *,
        tls: ssl.SSLContext | None = None,
        headers: Mapping[str, str] | None = None,
        signed_with: str = "",
        tokens: Tokens | None = None,
    ) -> None:
        """`headers` go with every request, such as an Authorization; `tokens` gives one that is asked for instead.

        `signed_with` is the secret shared with the partner. Raises Misconfigured for an address of another kind than declared.
        """
        self._secret, self._tokens = signed_with, tokens
        self._url, self._lookup = URL(delivery.url), delivery.lookup if delivery.dedupe == "lookup" else ""
        host = self._url.host or ""
        self._route = route(partner, delivery, host, clear=self._url.scheme == "http")
        self._place = self._route.place
        self._name = delivery.certificate or None
        self._tls = tls
        self._limit = delivery.in_flight
        self._headers = {"User-Agent": "crisis-hub", **PLAIN, **(headers or {})}
        patience = delivery.timeout_s
        connect = min(_CONNECT_S, patience)
        self._timeout = aiohttp.ClientTimeout(total=connect + patience, connect=connect, sock_read=patience)
        self._session: aiohttp.ClientSession | None = None

    async def send(self, parcel: Parcel) -> Receipt:
        """POST the bytes and wait for the answer. Raises Passing or Lasting by STATUS, or by what broke and when.

        Where records are looked up, what was tried before is looked for first: a record that is there is not made again.
        """
        self._route.still_open()
        if parcel.again and self._lookup and await self._there(parcel):
            return Receipt(accepted=True, code="200", text="found by looking it up")
        answer = await self._post(parcel)
        if answer.status == 401 and self._tokens:
            # A token may end before its time: whoever refuses one has not taken the message.
            answer.release()
            self._tokens.forget()
            answer = await self._post(parcel)
        async with answer:
            return self._receipt(answer, await _body(answer))

    async def _there(self, parcel: Parcel) -> bool:
        """Whether a record of this key is there. Raises Passing where nobody can tell: then nothing is sent."""
        url = self._url.join(URL(self._lookup.replace("{key}", quote(parcel.key, safe="")), encoded=True))
        headers = {"Accept": "application/json"}
        if self._tokens:
            headers["Authorization"] = f"Bearer {await self._tokens.token()}"
        session = self._session or self._open()
        try:
            async with session.get(url, headers=headers, allow_redirects=False, server_hostname=self._name) as answer:
                if answer.status in (404, 410):
                    return False
                said = found(await _body(answer)) if answer.status == 200 else None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Ambiguous(f"Looked up, and no answer ({type(error).__name__}).", at=self._place) from error
        if said is None:
            raise Ambiguous(
                "Looked up, and the answer says neither that it is there nor that it is not.", at=self._place
            )
        return said

    async def _dressed(self, parcel: Parcel) -> dict[str, str]:
        headers = {"Content-Type": parcel.media_type, "Accept": parcel.media_type, "Idempotency-Key": parcel.key}
        if self._tokens:
            headers["Authorization"] = f"Bearer {await self._tokens.token()}"
        if self._secret:
            headers |= signed(self._secret, parcel.key, parcel.body, clock.now())
        if parcel.proof:
            headers[RECEIPT] = base64.b64encode(parcel.proof).decode()
        return headers

    async def _post(self, parcel: Parcel) -> aiohttp.ClientResponse:
        headers = await self._dressed(parcel)
        session = self._session or self._open()
        try:
            return await session.post(
                self._url, data=parcel.body, headers=headers, allow_redirects=False, server_hostname=self._name
            )
        except _UNSENT as error:
            raise PartnerUnreachable(f"No connection ({type(error).__name__}).", at=self._place) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Ambiguous(f"Sent, and no answer ({type(error).__name__}).", at=self._place) from error

    async def close(self) -> None:
        """Let go of the connections."""
        if self._tokens:
            await self._tokens.close()
        if self._session:
            await self._session.close()
        self._session = None

    def _open(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self._limit,
            keepalive_timeout=_IDLE_S,
            resolver=Guarded(self._route),
            ssl=self._tls or True,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=self._timeout,
            headers=self._headers,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )
        return self._session

    def _receipt(self, answer: aiohttp.ClientResponse, body: bytes) -> Receipt:
        status = answer.status
        told = _read(body)
        codes = ", ".join(f"{i.severity}: {i.code}" for i in told.issue if _CODE.fullmatch(i.severity + i.code))
        if 200 <= status < 300:
            reference = _REFERENCE.search(answer.headers.get("Location", "")) or _ID.fullmatch(told.id)
            return Receipt(accepted=True, code=str(status), reference=reference[0] if reference else "", text=codes)
        said = f"The partner answered {status}{f' ({codes})' if codes else ''}."
        kind = STATUS.get(status, Ambiguous if status >= 500 else PartnerRefused)
        if kind is PartnerBusy:
            raise PartnerBusy(said, retry_after=_patience(answer.headers.get("Retry-After", "")), at=self._place)
        cure = "The partner moved: correct the url." if 300 <= status < 400 else ""
        raise kind(said, at=self._place, cure=cure)


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    """The beginning of an answer, as far as anybody reads it. The status has told what counts, so a body that breaks is no error."""
    try:
        return await beginning(answer, _ANSWER_BYTES)
    except (aiohttp.ClientError, TimeoutError, OSError):
        return b""


def _read(body: bytes) -> _Answer:
    try:
        return _answer.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return _Answer()


def _patience(asked: str) -> float | None:
    """Seconds to wait by a Retry-After, which is seconds or a date; None when it is neither."""
    if asked.isdecimal():
        return min(float(asked[:9]), _LONGEST_WAIT_S)
    try:
        at = parsedate_to_datetime(asked)
    except (ValueError, OverflowError):
        return None
    left = at.replace(tzinfo=at.tzinfo or UTC).timestamp() - clock.now() / SECOND
    return min(max(left, 0.0), _LONGEST_WAIT_S)
