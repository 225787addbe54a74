"""A stand-in for Stripe that moves no money: `python -m sandbox --port 8420 --folder var/sandbox`.

It is a program of its own. It imports nothing of the site and the site imports nothing of it;
they meet over HTTP only, through Stripe's unmodified SDK.
"""
