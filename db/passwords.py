"""Passwords: argon2 hashes, and what is too weak to be one (A9.3p: passwords not too simple)."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from db.refusals import Refused

MIN_LENGTH = 10  # characters; product choice: A9.3p gives no number
MAX_LENGTH = 200  # hashing a novel would keep the server busy for nothing
MIN_DISTINCT = 4  # "aaaaaaaaaa" is long and no password

_hasher = PasswordHasher()


def check(password: str, username: str, *, is_demo: bool = False) -> None:
    """Raises Refused for a password that is too simple. Demo accounts, which are public, may be simple."""
    if len(password) > MAX_LENGTH:
        raise Refused(f"密码最长 {MAX_LENGTH} 个字符。", f"a password has at most {MAX_LENGTH} characters")
    if not password:
        raise Refused("密码不能为空。", "a password cannot be empty")
    if is_demo:
        return
    if len(password) < MIN_LENGTH:
        raise Refused(f"密码至少 {MIN_LENGTH} 个字符。", f"a password has at least {MIN_LENGTH} characters")
    if len(set(password)) < MIN_DISTINCT or username in password.lower():
        raise Refused(
            "密码太简单：不要重复同一个字符，也不要包含用户名。",
            "the password is too simple: do not repeat one character, do not use the user name",
        )


def hashed(password: str) -> str:
    """The argon2 hash to keep."""
    return _hasher.hash(_bytes(password))


def is_right(password: str, kept: str | None) -> bool:
    """Whether the password belongs to the hash. None (no such account) takes just as long and is False."""
    try:
        return _hasher.verify(kept or _nobodys_hash(), _bytes(password)) and kept is not None
    except (Argon2Error, InvalidHashError):
        return False


def _bytes(password: str) -> bytes:
    # Half a surrogate pair is no character, but what a browser sends must not end in a traceback.
    return password[:MAX_LENGTH].encode("utf-8", "surrogatepass")


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return _hasher.hash("nobody's password")
