"""The rest of Stripe's v1 interface, one module for each kind of resource.

`sandbox.all_routes` imports them all, which registers their routes.
"""
