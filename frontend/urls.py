"""Addresses of the pages; the API is mounted below them.

Pages live under a language. What has no language (data for programs, a mailbox, health) stands
outside; "/" answers in the language that the visitor's browser asks for.
"""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path, re_path

from frontend.views import (
    account,
    campaigns,
    card_pledges,
    cities,
    committees,
    demo,
    errors,
    home,
    jobs,
    ledger,
    legal,
    letter_previews,
    letters,
    machine,
    monthly,
    pledge_codes,
    pledges,
    projects,
    receipts,
    refunds,
    status,
    twinnings,
)

UNGUESSABLE = r"(?P<token>[A-Za-z0-9_-]{43})"
SIGNED = r"(?P<token>[0-9a-f]{32}\.[A-Za-z0-9_-]{43})"

pages = (
    [
        path("", home.home, name="home"),
        path("projects/", projects.discover, name="projects"),
        path("projects/<slug:slug>/", projects.project, name="project"),
        path("projects/<slug:slug>/pledge/", pledges.new, name="pledge"),
        path("projects/<slug:slug>/campaign/", campaigns.campaign, name="campaign"),
        path("projects/<slug:slug>/ledger/", ledger.ledger, name="ledger"),
        re_path(rf"^pledges/{UNGUESSABLE}/$", pledges.status, name="pledge_status"),
        re_path(rf"^pledges/{UNGUESSABLE}/state/$", pledges.state, name="pledge_state"),
        re_path(rf"^pledges/{UNGUESSABLE}/payment/$", pledges.pay, name="pledge_payment"),
        re_path(rf"^pledges/{UNGUESSABLE}/code/$", pledge_codes.code, name="pledge_code"),
        re_path(rf"^pledges/{UNGUESSABLE}/visibility/$", pledges.show_as, name="pledge_visibility"),
        re_path(rf"^pledges/{UNGUESSABLE}/change/$", card_pledges.change, name="pledge_change"),
        re_path(
            rf"^pledges/{UNGUESSABLE}/withdrawal/$",
            card_pledges.withdraw,
            name="pledge_withdrawal",
        ),
        re_path(
            rf"^pledges/{UNGUESSABLE}/confirmation/$",
            card_pledges.confirm,
            name="pledge_confirmation",
        ),
        re_path(rf"^pledges/{UNGUESSABLE}/receipt/$", receipts.receipt, name="receipt"),
        re_path(rf"^pledges/{UNGUESSABLE}/receipt\.pdf$", receipts.pdf, name="receipt_pdf"),
        path("committees/<slug:slug>/monthly/", monthly.new, name="monthly"),
        re_path(rf"^monthly/{UNGUESSABLE}/$", monthly.status, name="monthly_status"),
        re_path(rf"^monthly/{UNGUESSABLE}/state/$", monthly.state, name="monthly_state"),
        re_path(rf"^monthly/{UNGUESSABLE}/payment/$", monthly.pay, name="monthly_payment"),
        re_path(rf"^monthly/{UNGUESSABLE}/change/$", monthly.change, name="monthly_change"),
        re_path(rf"^monthly/{UNGUESSABLE}/card/$", monthly.card, name="monthly_card"),
        re_path(
            rf"^monthly/{UNGUESSABLE}/(?P<wish>pause|resume|stop)/$",
            monthly.act,
            name="monthly_act",
        ),
        re_path(
            rf"^monthly/{UNGUESSABLE}/receipts/(?P<number>20[0-9]{{2}}-M[0-9]{{5,9}})/$",
            monthly.receipt,
            name="monthly_receipt",
        ),
        path("cities/", cities.cities, name="cities"),
        path("cities/<slug:slug>/", cities.city, name="city"),
        path("twinnings/", twinnings.twinnings, name="twinnings"),
        path("twinnings/<slug:slug>/", twinnings.twinning, name="twinning"),
        path("account/", account.account, name="account"),
        path("account/data.json", account.own_data, name="account_data"),
        re_path(
            rf"^account/pledges/{UNGUESSABLE}/visibility/$",
            account.show_as,
            name="account_visibility",
        ),
        path("account/letters/", letters.own, name="account_letters"),
        path("jobs/", jobs.jobs, name="jobs"),
        path("letters/", letter_previews.previews, name="letter_previews"),
        re_path(r"^letters/(?P<kind>[a-z_]+)/$", letter_previews.preview, name="letter_preview"),
        re_path(rf"^letters/{SIGNED}/$", letters.choose, name="letters"),
        re_path(rf"^letters/{SIGNED}/(?P<category>[a-z]+)/$", letters.stop, name="stop_letters"),
        path(
            "committees/<slug:slug>/stripe/",
            committees.stripe_account,
            name="committee_stripe",
        ),
        path("refunds/", refunds.find, name="refunds"),
        re_path(r"^refunds/(?P<reference>[0-9a-f]{32})/$", refunds.refund, name="refund"),
        path("status/", status.status, name="status"),
        path("terms/", legal.terms, name="terms"),
        path("privacy/", legal.privacy, name="privacy"),
        path("legal/", legal.legal_notice, name="legal_notice"),
        path("contact/", legal.contact, name="contact"),
    ],
    "pages",
)
machines = (
    [
        path("projects/<slug:slug>/ledger.jsonl", ledger.json_lines, name="ledger_jsonl"),
        path("projects/<slug:slug>/ledger.csv", ledger.csv, name="ledger_csv"),
        path(
            "committees/<slug:slug>/ledger.jsonl",
            ledger.committee_json_lines,
            name="committee_jsonl",
        ),
        path("projects/<slug:slug>/card.png", projects.share_card, name="share_card"),
        path("verify.py", ledger.verifier, name="verifier"),
        path("robots.txt", machine.robots, name="robots"),
        path("sitemap.xml", machine.sitemap, name="sitemap"),
        path("healthz", machine.health, name="health"),
    ],
    "machines",
)
demonstration = ([path("demo/mail/", demo.mailbox, name="mailbox")], "demo")

urlpatterns = [
    path("", home.home_by_language, name="root"),
    path("", include("backend.api.urls")),
    path("", include(machines)),
    *([path("", include(demonstration))] if settings.IS_DEMO else []),
    path(f"{settings.ADMIN_PATH}/", admin.site.urls),
    *i18n_patterns(path("accounts/", include("allauth.urls")), path("", include(pages))),
]
handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler429 = errors.too_many
handler500 = errors.broken
