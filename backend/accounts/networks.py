"""From where a request comes, as coarsely as a count needs it."""

from ipaddress import ip_address, ip_network

from allauth.account.adapter import get_adapter
from django.http import HttpRequest

# What one household or office has at its disposal.
PREFIXES = {4: 24, 6: 48}


def network_of(request: HttpRequest) -> str:
    """Return the network of the client: `203.0.113.0/24`, `2001:db8:1::/48`.

    Behind proxies the address is the one that the last trusted proxy saw (TRUSTED_PROXY_COUNT);
    what a client itself writes into X-Forwarded-For counts for nothing. Raises PermissionDenied
    where there is no address.
    """
    address = ip_address(get_adapter(request).get_client_ip(request))
    return str(ip_network(f"{address}/{PREFIXES[address.version]}", strict=False))
