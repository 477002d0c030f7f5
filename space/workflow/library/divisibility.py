"""Divisors, primes, fractions and bases."""

from __future__ import annotations

import math
import re

from .reading import integers


def common_divisor(question: str) -> str:
    """The greatest common divisor or the least common multiple, whichever is named."""
    numbers = [n for n in integers(question.rpartition(":")[2]) if n > 0]
    if len(numbers) < 2:
        return ""
    if re.search(r"\bmultiple|\blcm\b", question, re.IGNORECASE):
        return str(math.lcm(*numbers))
    if re.search(r"\bdivisor|\bfactor\b|\bgcd\b", question, re.IGNORECASE):
        return str(math.gcd(*numbers))
    return ""


def factorise(question: str, sign: str) -> str:
    """The prime factors of the first number, joined by `sign`."""
    numbers = [number for number in integers(question) if number > 1]
    if "factor" not in question.lower() or "prime" not in question.lower() or not numbers:
        return ""
    rest, factors, divisor = numbers[0], [], 2
    while divisor * divisor <= rest and divisor < 10**6:
        while rest % divisor == 0:
            factors.append(divisor)
            rest //= divisor
        divisor += 1
    if rest > 1:
        factors.append(rest)
    return f" {sign} ".join(map(str, factors))


def count_primes(question: str) -> str:
    """How many primes lie between two numbers, both included."""
    numbers = integers(question)
    if "prime" not in question.lower() or len(numbers) < 2 or not 0 <= numbers[1] <= 10**6:
        return ""
    low, high = numbers[:2]
    composite = bytearray(high + 1)
    for n in range(2, math.isqrt(high) + 1):
        if not composite[n]:
            composite[n * n :: n] = b"\x01" * len(composite[n * n :: n])
    return str(sum(not composite[n] for n in range(max(low, 2), high + 1)))


def simplify_fraction(question: str) -> str:
    """The first fraction in lowest terms, written as it came."""
    found = re.search(r"(\d+)(/|}{)(\d+)", question)
    if not found or "simplif" not in question.lower():
        return ""
    upper, lower = int(found.group(1)), int(found.group(3))
    common = math.gcd(upper, lower) or 1
    simple = f"{upper // common}{found.group(2)}{lower // common}"
    whole = re.search(r"(\$\S*?)?\d+(/|}{)\d+(\S*\$)?", question)
    return f"{whole.group(1) or ''}{simple}{whole.group(3) or ''}" if whole else simple


def convert_base(question: str) -> str:
    """A number of one base in another: binary, octal, decimal, hexadecimal or base-n."""
    name = r"(binary|octal|decimal|hexadecimal|base-\d+)"
    found = re.search(rf"{name}(?: number)? (\w+) to {name}", question)
    if not found:
        return ""
    bases = {"binary": 2, "octal": 8, "decimal": 10, "hexadecimal": 16}
    source, target = (bases[word] if word in bases else int(word[5:]) for word in found.group(1, 3))
    try:
        number = int(found.group(2), source)
    except ValueError:
        return ""
    digits = ""
    while number and 2 <= target <= 36:
        number, digit = divmod(number, target)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits or "0"
