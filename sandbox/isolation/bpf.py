"""A small assembler for seccomp filters (classic BPF), built from blocks that return.

A block is a list of instructions that always ends in a verdict, so blocks nest without
labels: `when_equal(n, block)` runs `block` if the accumulator is n, else what follows.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Sequence
from typing import NamedTuple

_LOAD_WORD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_AND = 0x54  # BPF_ALU | BPF_AND | BPF_K
_JUMP_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K

ALLOW = 0x7FFF0000
ERRNO = 0x00050000
KILL_PROCESS = 0x80000000

_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16


class Instruction(NamedTuple):
    """struct sock_filter."""

    code: int
    jump_true: int
    jump_false: int
    value: int


Block = list[Instruction]


def allow() -> Block:
    return [Instruction(_RETURN, 0, 0, ALLOW)]


def kill() -> Block:
    return [Instruction(_RETURN, 0, 0, KILL_PROCESS)]


def refuse(error: int) -> Block:
    """The call fails with this errno."""
    return [Instruction(_RETURN, 0, 0, ERRNO | error)]


def load_number() -> Block:
    """The accumulator becomes the system call's number."""
    return [Instruction(_LOAD_WORD, 0, 0, _NUMBER_AT)]


def load_architecture() -> Block:
    return [Instruction(_LOAD_WORD, 0, 0, _ARCHITECTURE_AT)]


def load_argument(index: int, *, high: bool = False) -> Block:
    """The accumulator becomes a half of argument `index`, on a little-endian machine."""
    return [Instruction(_LOAD_WORD, 0, 0, _ARGUMENTS_AT + 8 * index + 4 * high)]


def mask(bits: int) -> Block:
    return [Instruction(_AND, 0, 0, bits)]


def when_equal(value: int, block: Block) -> Block:
    """Run `block` if the accumulator is `value`, skip it otherwise."""
    return [Instruction(_JUMP_EQUAL, 0, _reach(block), value), *block]


def unless_equal(value: int, block: Block) -> Block:
    """Skip `block` if the accumulator is `value`, run it otherwise."""
    return [Instruction(_JUMP_EQUAL, _reach(block), 0, value), *block]


def _reach(block: Block) -> int:
    if len(block) > 255:
        raise ValueError(f"a block of {len(block)} instructions; a jump reaches over 255")
    return len(block)


def assemble(program: Sequence[Instruction]) -> bytes:
    """The program as an array of struct sock_filter."""
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in program)


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def as_argument(code: bytes) -> ctypes.Structure:
    """What seccomp(2) takes; the bytes must outlive the call."""
    return _Program(len(code) // 8, code)


def run(program: Sequence[Instruction], number: int, arch: int, arguments: Sequence[int]) -> int:
    """The verdict of `program`, as the kernel would compute it. For tests and for reading."""
    padded = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    data = struct.pack("<IIQ6Q", number, arch, 0, *(value % 2**64 for value in padded))
    accumulator, at = 0, 0
    while True:
        code, jump_true, jump_false, value = program[at]
        at += 1
        match code:
            case 0x20:
                (accumulator,) = struct.unpack_from("<I", data, value)
            case 0x54:
                accumulator &= value
            case 0x15:
                at += jump_true if accumulator == value else jump_false
            case 0x06:
                return value
            case _:
                raise ValueError(f"not an instruction of this assembler: {code:#x}")
