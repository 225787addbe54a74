"""Products and prices over Stripe's interface.

Source: https://docs.stripe.com/api/products and https://docs.stripe.com/api/prices
"""

from __future__ import annotations

from sandbox.billing import catalogue
from sandbox.lists import listed
from sandbox.metadata_rules import changed_metadata
from sandbox.routes import route
from sandbox.scope import Call
from sandbox.store import Resource

PRICE = (
    "currency unit_amount product product_data recurring active lookup_key metadata nickname"
    " billing_scheme"
)


@route("post", "/v1/products", takes="name description images metadata active id url")
def create_product(call: Call) -> Resource:
    """Make a product."""
    return catalogue.new_product(call, call.params)


@route("get", "/v1/products", takes="active created", paged=True)
def list_products(call: Call) -> Resource:
    """List this account's products."""
    return listed(call, "product", same={"active": "active"})


@route("get", "/v1/products/{id}")
def find_product(call: Call) -> Resource:
    """Return one product."""
    return call.find("product", call.id)


@route("post", "/v1/products/{id}", takes="name description images metadata active url")
def update_product(call: Call) -> Resource:
    """Change a product."""
    product = call.find("product", call.id)
    for name in ("name", "description", "images", "active", "url"):
        if name in call.params:
            product[name] = call.params[name]
    product["metadata"] = changed_metadata(product["metadata"], call.params.get("metadata"))
    product["updated"] = call.at
    call.save(product)
    call.announce("product.updated", product)
    return product


@route("post", "/v1/prices", takes=PRICE)
def create_price(call: Call) -> Resource:
    """Make a price: once, or again and again."""
    return catalogue.new_price(call, call.params)


@route("get", "/v1/prices", takes="active created currency product type", paged=True)
def list_prices(call: Call) -> Resource:
    """List this account's prices."""
    same = {name: name for name in ("active", "currency", "product", "type")}
    return listed(call, "price", same=same)


@route("get", "/v1/prices/{price}")
def find_price(call: Call) -> Resource:
    """Return one price."""
    return call.find("price", call.id, param="price")


@route("post", "/v1/prices/{price}", takes="active lookup_key metadata nickname")
def update_price(call: Call) -> Resource:
    """Change a price; what it costs cannot be changed."""
    price = call.find("price", call.id, param="price")
    for name in ("active", "lookup_key", "nickname"):
        if name in call.params:
            price[name] = call.params[name]
    price["metadata"] = changed_metadata(price["metadata"], call.params.get("metadata"))
    call.save(price)
    call.announce("price.updated", price)
    return price
