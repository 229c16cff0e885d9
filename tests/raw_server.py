"""A server that speaks bytes: it keeps what came off the socket, and sends what it is given."""

import asyncio
import contextlib
import inspect
import json
import re
import socket
import struct
from urllib.parse import parse_qsl

import attrs


@attrs.frozen
class Sent:
    """One request, as its bytes came off the socket."""

    head: bytes
    body: bytes
    at: float
    connection: int

    @property
    def method(self):
        return self.head.split(b" ", 1)[0].decode()

    @property
    def target(self):
        return self.head.split(b" ", 2)[1].decode()

    @property
    def path(self):
        return self.target.partition("?")[0]

    @property
    def query(self):
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    @property
    def headers(self):
        lines = self.head.decode().split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}

    @property
    def claim(self):
        return dict(re.findall(r'(\w+)="([^"]*)"', self.headers["authorization"]))

    @property
    def json(self):
        return json.loads(self.body)


@attrs.frozen
class Last:
    """The last bytes on a connection; with ``reset`` it ends as after a crash."""

    data: bytes = b""
    reset: bool = False


class Wire:
    """A server on 127.0.0.1 that keeps the bytes of each request and answers in bytes.

    Its answer is a function from `Sent` to bytes or `Last`, plain or async.
    """

    def __init__(self, answer, clock):
        self.answer = answer
        self.sent = []
        self.tasks = set()
        self._clock = clock
        self._more = asyncio.Condition()
        self._connections = 0

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks)
        await asyncio.sleep(0)  # the transports close in the next pass

    async def arrived(self, count):
        """Wait until *count* requests have come."""
        async with asyncio.timeout(20), self._more:
            await self._more.wait_for(lambda: len(self.sent) >= count)

    async def _serve(self, reader, writer):
        self.tasks.add(task := asyncio.current_task())
        self._connections += 1
        ends = asyncio.CancelledError, asyncio.IncompleteReadError, ConnectionError
        with contextlib.suppress(*ends):
            await self._talk(reader, writer, self._connections)
        writer.close()
        self.tasks.discard(task)

    async def _talk(self, reader, writer, connection):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
            body = await reader.readexactly(int(length[1])) if length else b""
            sent = Sent(head[:-4], body, self._clock.monotonic(), connection)
            self.sent.append(sent)
            async with self._more:
                self._more.notify_all()
            answer = self.answer(sent)
            if inspect.isawaitable(answer):
                answer = await answer
            last = isinstance(answer, Last)
            if last and answer.reset:  # lingering for no time makes the system send a reset
                linger = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, linger
                )
            writer.write(answer.data if last else answer)
            if last:
                return
            await writer.drain()


def http(status, body=b"", headers=(), *, length=None):
    """Return an answer in bytes; *length* is what it claims instead of the true one."""
    lines = [
        f"HTTP/1.1 {status} Said",
        *(f"{name}: {value}" for name, value in dict(headers).items()),
    ]
    if status != 204:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode() + body
