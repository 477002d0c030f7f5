"""Candidates that speak for themselves on the channel. Loaded as source by the corpus only."""

import json
import os
import socket
import struct
import time


def frame(head, body=b"", *, head_size=None, body_size=None):
    text = json.dumps(head).encode()
    sizes = (head_size or len(text), len(body) if body_size is None else body_size)
    return struct.pack("<4sIQ", b"DSC1", *sizes) + text + body


def garbage(**_):
    os.write(3, b"\x80\x04cposix\nsystem\n(S'touch /tmp/owned'\ntR.")
    time.sleep(10_000)


def huge_head(**_):
    os.write(3, struct.pack("<4sIQ", b"DSC1", 0xFFFFFFFF, 0))
    time.sleep(10_000)


def huge_body(**_):
    os.write(3, frame({"kind": "answer", "value": {}, "blobs": []}, body_size=1 << 62))
    time.sleep(10_000)


def deep_json(**_):
    text = b"[" * 500_000
    os.write(3, struct.pack("<4sIQ", b"DSC1", len(text), 0))
    os.write(3, text)
    time.sleep(10_000)


def huge_number(**_):
    text = b'{"kind": "answer", "blobs": [], "value": ' + b"9" * 500_000 + b"}"
    os.write(3, struct.pack("<4sIQ", b"DSC1", len(text), 0) + text)
    time.sleep(10_000)


def uninvited_array(**_):
    blobs = [["weights", "float32", [2]]]
    os.write(3, frame({"kind": "answer", "value": {}, "blobs": blobs}, bytes(8)))
    time.sleep(10_000)


def lying_shape(**_):
    blobs = [["weights", "float32", [1 << 40, 1 << 40]]]
    os.write(3, frame({"kind": "answer", "value": {}, "blobs": blobs}))
    time.sleep(10_000)


def object_array(**_):
    blobs = [["weights", "object", [1]]]
    os.write(3, frame({"kind": "answer", "value": {}, "blobs": blobs}, bytes(8)))
    time.sleep(10_000)


def answer_that_is_a_list(**_):
    os.write(3, frame({"kind": "answer", "value": [1], "blobs": []}))
    time.sleep(10_000)


def blame_the_sandbox(**_):
    os.write(3, frame({"kind": "layer", "layer": "seccomp", "message": "retry", "blobs": []}))
    time.sleep(10_000)


def half_a_frame(**_):
    os.write(3, b"DSC1\x10\x00")
    time.sleep(10_000)


def drip_a_frame(**_):
    for byte in frame({"kind": "answer", "value": {}, "blobs": []}, body_size=0):
        os.write(3, bytes([byte]))
        time.sleep(0.2)


def hang_up(**_):
    os.close(3)
    time.sleep(10_000)


def leave_quietly(**_):
    os._exit(0)


def pass_a_descriptor(**_):
    line = socket.socket(fileno=os.dup(3))
    socket.send_fds(line, [b"DSC1"], [1])
    return "passed"


def steer_the_terminal(**_):
    print("\x1b]0;owned\x07\x1b[2J", flush=True)
    raise ValueError("\x1b[31mowned\x1b[0m\u202e")


class _Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no words")


def error_without_words(**_):
    raise _Unprintable


def exit_politely(**_):
    raise SystemExit(0)
