"""Candidates that phone home. Loaded as source by the corpus only."""

import asyncio
import socket


def connect_tcp(port, **_):
    socket.create_connection(("127.0.0.1", port), timeout=2).sendall(b"stolen")
    return "connected"


def send_udp(port, **_):
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"stolen", ("127.0.0.1", port))
    return "sent"


def connect_abstract(abstract, **_):
    socket.socket(socket.AF_UNIX).connect("\0" + abstract)
    return "connected"


def connect_unix(unix, **_):
    socket.socket(socket.AF_UNIX).connect(unix)
    return "connected"


def listen(**_):
    socket.create_server(("127.0.0.1", 0))
    return "listening"


def resolve_a_name(**_):
    return socket.gethostbyname("localhost")


def talk_to_the_kernel(**_):
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).bind((0, 0))
    return "netlink"


def run_an_event_loop(port, **_):
    async def talk():
        await asyncio.open_connection("127.0.0.1", port)
        return "connected"

    return asyncio.run(talk())
