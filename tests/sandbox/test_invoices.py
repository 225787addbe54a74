"""Products, prices, invoices and their items; bank transfers that are exact, short and over.

Planted and seen to fall: an invoice that a short transfer pays, a surplus that vanishes, and a
finalized invoice that takes another line.
"""

import pytest
import stripe

from tests.sandbox.steps import event_types

BANK = {"payment_method_types": ["customer_balance"]}


@pytest.fixture
def company(client):
    return client.v1.customers.create({"email": "office@example.org", "name": "A company"})


def a_draft(client, company, *, amount=50_000, **more):
    invoice = client.v1.invoices.create(
        {
            "customer": company.id,
            "collection_method": "send_invoice",
            "days_until_due": 30,
            "payment_settings": BANK,
            **more,
        }
    )
    item = {"customer": company.id, "invoice": invoice.id, "amount": amount, "description": "Match"}
    client.v1.invoice_items.create(item)
    return client.v1.invoices.retrieve(invoice.id)


def a_sent_invoice(client, company, **more):
    return client.v1.invoices.send_invoice(a_draft(client, company, **more).id)


def transferred(sandbox, company, amount):
    return sandbox.control(f"customers/{company.id}/bank_transfer", {"amount_minor": amount})


def cash(client, company):
    balance = client.v1.customers.cash_balance.retrieve(company.id).available
    return balance.to_dict()["eur"] if balance else 0


class TestProductsAndPrices:
    def test_are_made_found_and_changed(self, client):
        product = client.v1.products.create({"name": "A well", "metadata": {"city": "Lomé"}})
        price = client.v1.prices.create(
            {"product": product.id, "currency": "eur", "unit_amount": 1500, "nickname": "Share"}
        )

        client.v1.products.update(product.id, {"name": "Two wells", "active": False})
        client.v1.prices.update(price.id, {"active": False, "metadata": {"old": "1"}})

        assert client.v1.products.retrieve(product.id).name == "Two wells"
        assert client.v1.prices.retrieve(price.id, {"expand": ["product"]}).product.active is False
        assert [p.id for p in client.v1.prices.list({"product": product.id}).data] == [price.id]
        assert [p.id for p in client.v1.products.list({"active": False}).data] == [product.id]
        assert event_types(client) == [
            "product.created",
            "price.created",
            "product.updated",
            "price.updated",
        ]

    @pytest.mark.parametrize(
        ("change", "param"),
        [
            ({"currency": "zzz"}, "currency"),
            ({"unit_amount": -1}, "unit_amount"),
            ({"currency": "isk", "unit_amount": 150}, "unit_amount"),
            ({"product_data": {"name": "Both"}}, "product"),
            ({"recurring": {"interval": "year", "interval_count": 4}}, "recurring"),
        ],
    )
    def test_refuse_what_stripe_refuses(self, client, change, param):
        product = client.v1.products.create({"name": "A well"})
        params = {"product": product.id, "currency": "eur", "unit_amount": 1500, **change}

        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.prices.create(params)

        assert refused.value.param == param


class TestDraft:
    def test_takes_in_what_waits_when_asked_to(self, client, company):
        for amount in (1000, 2345):
            client.v1.invoice_items.create({"customer": company.id, "amount": amount})

        invoice = client.v1.invoices.create(
            {"customer": company.id, "pending_invoice_items_behavior": "include"}
        )

        assert (invoice.status, invoice.total, len(invoice.lines.data)) == ("draft", 3345, 2)
        waiting = client.v1.invoice_items.list({"customer": company.id}).data
        assert {item.invoice for item in waiting} == {invoice.id}

    def test_leaves_what_waits_alone_otherwise(self, client, company):
        client.v1.invoice_items.create({"customer": company.id, "amount": 1000})

        invoice = client.v1.invoices.create({"customer": company.id})

        assert invoice.total == 0

    def test_takes_items_by_price_and_lists_its_lines(self, client, company):
        price = client.v1.prices.create(
            {"currency": "eur", "unit_amount": 700, "product_data": {"name": "A share"}}
        )
        invoice = client.v1.invoices.create({"customer": company.id})

        client.v1.invoice_items.create(
            {
                "customer": company.id,
                "invoice": invoice.id,
                "pricing": {"price": price.id},
                "quantity": 3,
            }
        )

        (line,) = client.v1.invoices.line_items.list(invoice.id).data
        assert (line.amount, line.quantity) == (2100, 3)

    def test_is_changed_and_thrown_away(self, client, company):
        invoice = a_draft(client, company)

        changed = client.v1.invoices.update(invoice.id, {"description": "For the match"})

        assert changed.description == "For the match"
        assert client.v1.invoices.delete(invoice.id).deleted is True
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.invoices.retrieve(invoice.id)

    def test_item_that_waits_is_changed_and_thrown_away(self, client, company):
        item = client.v1.invoice_items.create({"customer": company.id, "amount": 1000})

        client.v1.invoice_items.update(item.id, {"description": "A seat"})

        assert client.v1.invoice_items.retrieve(item.id).description == "A seat"
        assert client.v1.invoice_items.delete(item.id).deleted is True

    @pytest.mark.parametrize("more", [{"days_until_due": 5}, {"collection_method": "send_invoice"}])
    def test_needs_a_due_day_exactly_when_it_is_sent(self, client, company, more):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.invoices.create({"customer": company.id, **more})

        assert refused.value.param == "days_until_due"


class TestFinalize:
    def test_gives_a_number_and_a_due_date(self, client, company):
        first, second = a_draft(client, company), a_draft(client, company)

        opened = client.v1.invoices.finalize_invoice(first.id)
        client.v1.invoices.finalize_invoice(second.id)

        numbers = [client.v1.invoices.retrieve(i.id).number for i in (first, second)]
        assert [number[-4:] for number in numbers] == ["0001", "0002"]
        assert (opened.status, opened.amount_due) == ("open", 50_000)
        assert opened.due_date - opened.effective_at == 30 * 86_400

    def test_closes_the_invoice_to_changes(self, client, company):
        invoice = a_sent_invoice(client, company)
        more = {"customer": company.id, "invoice": invoice.id, "amount": 1}

        for act in (
            lambda: client.v1.invoice_items.create(more),
            lambda: client.v1.invoices.finalize_invoice(invoice.id),
            lambda: client.v1.invoices.delete(invoice.id),
            lambda: client.v1.invoices.update(invoice.id, {"description": "x"}),
        ):
            with pytest.raises(stripe.InvalidRequestError):
                act()
        assert client.v1.invoices.retrieve(invoice.id).total == 50_000

    def test_needs_lines(self, client, company):
        invoice = client.v1.invoices.create({"customer": company.id})

        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.invoices.finalize_invoice(invoice.id)

        assert refused.value.code == "invoice_no_line_items"


class TestBankTransfer:
    def test_that_is_exact_pays_the_invoice(self, client, sandbox, company):
        invoice = a_sent_invoice(client, company)

        transferred(sandbox, company, 50_000)

        paid = client.v1.invoices.retrieve(
            invoice.id, {"expand": ["payments.data.payment.payment_intent"]}
        )
        intent = paid.payments.data[0].payment.payment_intent
        assert (paid.status, paid.amount_paid, intent.status) == ("paid", 50_000, "succeeded")
        charge = client.v1.charges.retrieve(intent.latest_charge)
        assert charge.payment_method_details.type == "customer_balance"
        assert cash(client, company) == 0
        types = event_types(client)
        assert types.count("customer_cash_balance_transaction.created") == 2
        assert types[-2:] == ["invoice.paid", "invoice.payment_succeeded"]

    def test_that_is_short_waits_for_the_rest(self, client, sandbox, company):
        invoice = a_sent_invoice(client, company)

        transferred(sandbox, company, 49_999)
        waiting = client.v1.invoices.retrieve(invoice.id)
        assert (waiting.status, waiting.amount_remaining) == ("open", 50_000)
        assert cash(client, company) == 49_999
        transferred(sandbox, company, 1)

        assert client.v1.invoices.retrieve(invoice.id).status == "paid"
        assert cash(client, company) == 0

    def test_that_is_over_leaves_the_surplus_for_the_next(self, client, sandbox, company):
        first = a_sent_invoice(client, company)
        transferred(sandbox, company, 60_000)
        assert client.v1.invoices.retrieve(first.id).status == "paid"
        assert cash(client, company) == 10_000

        second = a_sent_invoice(client, company, amount=10_000)

        assert second.status == "paid"
        changes = client.v1.customers.cash_balance_transactions.list(company.id).data
        assert [(change.type, change.net_amount) for change in changes] == [
            ("applied_to_payment", -10_000),
            ("applied_to_payment", -50_000),
            ("funded", 60_000),
        ]
        found = client.v1.customers.cash_balance_transactions.retrieve(company.id, changes[0].id)
        assert found.ending_balance == 0

    def test_pays_the_oldest_invoice_first(self, client, sandbox, company):
        first, second = a_sent_invoice(client, company), a_sent_invoice(client, company)

        transferred(sandbox, company, 50_000)

        states = [client.v1.invoices.retrieve(i.id).status for i in (first, second)]
        assert states == ["paid", "open"]

    def test_does_not_pay_what_takes_no_transfers(self, client, sandbox, company):
        invoice = a_draft(client, company, payment_settings={"payment_method_types": ["card"]})
        client.v1.invoices.send_invoice(invoice.id)

        transferred(sandbox, company, 50_000)

        assert client.v1.invoices.retrieve(invoice.id).status == "open"

    def test_goes_to_an_iban_of_the_customers_own(self, client, company):
        other = client.v1.customers.create({"email": "b@example.org"})
        params = {
            "bank_transfer": {
                "type": "eu_bank_transfer",
                "eu_bank_transfer": {"country": "DE"},
            },
            "currency": "eur",
            "funding_type": "bank_transfer",
        }

        def iban(customer):
            made = client.v1.customers.funding_instructions.create(customer.id, params)
            return made.bank_transfer.financial_addresses[0].iban.iban

        assert iban(company) == iban(company)
        assert iban(company) != iban(other)
        assert len(iban(company)) == 22


class TestEndOfAnInvoice:
    def test_that_is_overdue_is_told_once(self, client, sandbox, company):
        a_sent_invoice(client, company)

        sandbox.control("clock/advance", {"days": 29})
        assert "invoice.overdue" not in event_types(client)
        sandbox.control("clock/advance", {"days": 20})

        assert event_types(client).count("invoice.overdue") == 1

    def test_can_be_void(self, client, sandbox, company):
        invoice = a_sent_invoice(client, company)

        assert client.v1.invoices.void_invoice(invoice.id).status == "void"

        transferred(sandbox, company, 50_000)
        assert client.v1.invoices.retrieve(invoice.id).status == "void"
        assert "invoice.voided" in event_types(client)

    def test_can_be_given_up_and_paid_all_the_same(self, client, sandbox, company):
        invoice = a_sent_invoice(client, company)
        assert client.v1.invoices.mark_uncollectible(invoice.id).status == "uncollectible"

        transferred(sandbox, company, 50_000)

        assert client.v1.invoices.retrieve(invoice.id).status == "paid"

    def test_can_be_paid_outside_of_stripe(self, client, company):
        invoice = a_sent_invoice(client, company)

        paid = client.v1.invoices.pay(invoice.id, {"paid_out_of_band": True})

        assert (paid.status, paid.amount_paid_off_stripe) == ("paid", 50_000)
        assert client.v1.charges.list().data == []

    def test_can_be_paid_by_the_customers_card(self, client, company):
        method = client.v1.payment_methods.attach("pm_card_visa", {"customer": company.id})
        settings = {"default_payment_method": method.id}
        client.v1.customers.update(company.id, {"invoice_settings": settings})
        invoice = a_sent_invoice(client, company)

        assert client.v1.invoices.pay(invoice.id).status == "paid"
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.invoices.pay(invoice.id)

    def test_needs_something_to_be_paid_with(self, client, company):
        invoice = a_sent_invoice(client, company)

        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.invoices.pay(invoice.id)

        assert (refused.value.http_status, refused.value.code) == (400, "resource_missing")

    def test_is_listed_by_state_and_customer(self, client, company):
        invoice = a_sent_invoice(client, company)
        a_draft(client, company)

        found = client.v1.invoices.list({"customer": company.id, "status": "open"}).data

        assert [one.id for one in found] == [invoice.id]
