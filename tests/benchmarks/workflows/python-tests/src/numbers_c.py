"""Number theory, as slow as it is plain."""


def primes(limit: int) -> list[int]:
    """Return the primes below a limit."""
    return [n for n in range(2, limit) if all(n % d for d in range(2, int(n**0.5) + 1))]


def partitions(total: int, most: int) -> int:
    """Return in how many ways a number is a sum of numbers up to another one."""
    if total < 0 or most == 0:
        return 0
    return 1 if total == 0 else partitions(total - most, most) + partitions(total, most - 1)
