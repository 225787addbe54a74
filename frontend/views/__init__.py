"""Views translate: read the request, make one domain call, answer."""
