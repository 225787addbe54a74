"""The HTTP door for programs: /api/v1/ and Stripe's deliveries.

It translates and nothing more: reads a request, makes one domain call, answers in JSON. Every
error is a problem (RFC 9457); `errors` alone knows which refusal is which status.
"""
