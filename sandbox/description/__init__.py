"""What Stripe's interface looks like, read out of the installed SDK.

The SDK is generated from Stripe's OpenAPI description. Reading it back gives a description that is
always of the version installed, with nothing copied into this repository.
"""
