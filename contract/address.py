"""The address of a server, as postgresql://reader@db.example.org:5432/shop, and what of it may be shown."""

from __future__ import annotations

import re

#: Whatever stands where a password does. Rather too much is taken for one than too little.
PASSWORD = re.compile(r"://.*:.+@|password *=", re.IGNORECASE | re.DOTALL)
# Signs that part the parts are written as %40 inside of one. What is not, a driver's error would quote: so nothing that
# does not match is handed to a driver.
_SIGN = r"(?:[^@/?#%\s]|%(?!00)[0-9A-Fa-f]{2})"
_HOST = rf"(?:\[[0-9A-Fa-f:.]*\]|(?:(?![:,]){_SIGN})*)(?::[0-9]*)?"
ADDRESS = re.compile(
    rf"(?P<scheme>[a-z][a-z0-9]*)://(?:(?P<user>{_SIGN}*)@)?(?P<host>{_HOST}(?:,{_HOST})*)(?:/(?P<database>{_SIGN}*))?"
    r"(?:\?(?P<options>(?:[^@#%\s]|%(?!00)[0-9A-Fa-f]{2})*))?"
)


def holds_password(path: str) -> bool:
    """Whether a source's path is an address with a password in it."""
    return PASSWORD.search(path) is not None


def without_password(path: str) -> str:
    """A source's path as it may be shown: of an address the scheme, user, host and database."""
    found = ADDRESS.fullmatch(path)
    if found:
        user = (found["user"] or "").partition(":")[0]
        return f"{found['scheme']}://{user + '@' if user else ''}{found['host']}/{found['database'] or ''}"
    scheme, parted, _ = path.partition("://")
    if parted:
        return f"{scheme}://***"
    return "***" if holds_password(path) else path
