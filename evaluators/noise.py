"""How much one seed's score varies at a tier, as far as a domain knows it."""

from __future__ import annotations

import math

from .domain import Domain, DomainError, Noisy
from .validation import described


def noise_of(domain: Domain, tier: str) -> float:
    """The standard deviation of one seed's score; 0 where the domain does not know it.

    Raises DomainError where it says anything else.
    """
    if not isinstance(domain, Noisy):
        return 0.0
    try:
        noise = domain.noise(tier)
    except Exception as error:  # of the user's own code
        message = f"{domain.name}: noise({tier!r}): {type(error).__name__}: {error}"
        raise DomainError(message) from error
    if isinstance(noise, int | float) and 0 <= noise < math.inf:
        return float(noise)
    raise DomainError(
        f"{domain.name}: noise({tier!r}): expected a finite number, 0 or more, "
        f"got {described(noise)}"
    )
