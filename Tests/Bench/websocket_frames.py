"""Frames of WebSockets (RFC 6455, section 5.2) for what carries them without a library: streams of HTTP/2."""

import os

BINARY, PING, PONG = 2, 9, 10


def masked(opcode: int, payload: bytes) -> bytes:
    """A whole frame as a client sends it."""
    size, key = len(payload), os.urandom(4)
    length = bytes([0x80 | size]) if size < 126 else (
        b"\xfe" + size.to_bytes(2) if size < 65536 else b"\xff" + size.to_bytes(8))
    return bytes([0x80 | opcode]) + length + key + unmasked(key, payload)


def unmasked(key: bytes, payload: bytes) -> bytes:
    repeated = (key * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload) ^ int.from_bytes(repeated)).to_bytes(len(payload))


def plain(opcode: int, payload: bytes) -> bytes:
    """A whole frame as a server sends it."""
    size = len(payload)
    length = bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2) if size < 65536 else b"\x7f" + size.to_bytes(8)
    return bytes([0x80 | opcode]) + length + payload


def frames(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """The whole frames in `data`, as opcode and payload, and what is left."""
    found = []
    while len(data) >= 2:
        size, place = data[1] & 0x7F, 2
        if size >= 126:
            place = 4 if size == 126 else 10
            size = int.from_bytes(data[2:place])
        key = None
        if data[1] & 0x80:
            key, place = data[place : place + 4], place + 4
        if len(data) < place + size:
            break
        payload = data[place : place + size]
        found.append((data[0] & 0xF, unmasked(key, payload) if key else payload))
        data = data[place + size :]
    return found, data
